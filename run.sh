#!/bin/sh
# Installs missing packages, builds annal, and runs it on this machine:
#
#   ./run.sh         starts RabbitMQ and annal, prints the addresses; Ctrl-C stops both
#   ./run.sh demo    runs a demonstration on its own data directory, in about a minute
#   ./run.sh build   only installs packages and builds; the program is build/annal
#   ./run.sh install DIR   installs the program, the library and its headers under DIR (/usr/local)
#
# RabbitMQ is a private node on loopback; its data, log and cookie are under the data directory.
# ANNAL_BUS=amqp://… uses an existing broker, ANNAL_BUS=log: runs without a broker. ANNAL_DATA (./data)
# and every other ANNAL_* variable of `annal up --help` apply. ANNAL_PAYMENT_PROVIDER=20 also starts the
# payment provider of examples/, which refuses 20 percent of the payments.
set -eu
cd "$(dirname "$0")"

case ${1:-} in
    build | install | demo | "") ;;
    -h | --help) sed -n '2,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0"; exit 0 ;;
    *) echo "run.sh: unknown argument $1; usage: ./run.sh [demo | build | install [DIR]]" >&2; exit 2 ;;
esac

deploy/install-packages.sh run
deploy/install-npm.sh api/viewer || echo "npm failed: annal is built without the viewer of /docs"
first=
if [ ! -f build/build.ninja ]; then
    first=" (the first time: some minutes)"
    meson setup build --buildtype=release > build.log 2>&1 || { cat build.log; exit 1; }
    rm -f build.log
fi
echo "Building build/annal$first"
ninja -C build annal examples/payment-provider > build/ninja.log 2>&1 || { grep -E 'error|FAILED' -A 5 build/ninja.log; exit 1; }

install_under() {
    mkdir -p "$1"
    meson configure build --prefix "$(cd "$1" && pwd)"
    ninja -C build annal libannal.a tests/support/libannal_test.a >> build/ninja.log
    meson install -C build --no-rebuild > build/install.log || { cat build/install.log; exit 1; }
    echo "Installed under $1. To build your own programs:"
    echo "export PKG_CONFIG_PATH=$(dirname "$(find "$(cd "$1" && pwd)" -name annal.pc)")"
}

case ${1:-} in
    build) exit 0 ;;
    install) install_under "${2:-/usr/local}"; exit 0 ;;
    demo) exec deploy/demo.sh ;;
esac

. deploy/services.sh
services_begin "${ANNAL_DATA:-./data}"
trap services_end EXIT
trap 'exit 130' INT TERM HUP
[ -z "${ANNAL_PAYMENT_PROVIDER:-}" ] || export ANNAL_SAGAS=1
services_start
[ -z "${ANNAL_PAYMENT_PROVIDER:-}" ] || provider_start "$ANNAL_PAYMENT_PROVIDER"

cat <<TEXT

annal is running. Ctrl-C stops it.
  commands  $commands_url
  queries   $queries_url
  bus       $(echo "$ANNAL_BUS" | sed 's#//[^@]*@#//#')
  data      $ANNAL_DATA    (build/annal status --data $ANNAL_DATA)
TEXT
wait "$up" || true
