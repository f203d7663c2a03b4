#!/bin/sh
# Installs the missing ones of the Debian packages that annal needs: install-packages.sh run|test|bench|npm
#
# Prints what it does, needs root (or sudo) only if a package is missing, and prevents a newly installed server
# (RabbitMQ, nginx) from starting as a system service.
set -eu

what=${1:?run, test, bench or npm}
build="gcc meson ninja-build pkg-config python3 libmicrohttpd-dev libsqlite3-dev librabbitmq-dev
       libjansson-dev uuid-dev libpcre2-dev libssl-dev libcurl4-openssl-dev libcmocka-dev"
case $what in
    run) wanted="$build curl jq rabbitmq-server" ;;
    # The Perl library carries the official test suite of JSON Schema, draft 2020-12.
    test) wanted="$build curl jq sqlite3 rabbitmq-server clang-format mold
                  libtest-json-schema-acceptance-perl chromium nginx-light haproxy caddy" ;;
    # PostgreSQL, and what builds the native part of an npm package, for bench/peers.
    bench) wanted="$build curl jq sqlite3 rabbitmq-server nginx-light wrk postgresql g++ make" ;;
    npm) wanted="nodejs npm" ;;
    *) echo "install-packages: run, test, bench or npm, not $what" >&2; exit 2 ;;
esac
[ -n "${ANNAL_BUS:-}" ] && [ "$what" = run ] && wanted=$(echo $wanted | sed 's/ rabbitmq-server//')

missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing from Debian:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || { echo "This needs root: apt-get install$missing" >&2; exit 1; }
    as_root=sudo
fi

# With exit status 101, Debian's packages do not start services. Keeps an existing policy.
policy=/usr/sbin/policy-rc.d
ours=no
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy > /dev/null
    $as_root chmod 755 $policy
    ours=yes
fi
remove_policy() { [ "$ours" = no ] || $as_root rm -f $policy; }
trap remove_policy EXIT

log=$(mktemp)
if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
       apt-get install -y -q --no-install-recommends $missing; } > "$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "Installing failed; the whole of apt-get's output is in $log" >&2
    exit 1
fi
rm -f "$log"
