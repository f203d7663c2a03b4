#!/bin/sh
# Installs what is missing, builds annal, and runs all of it on this machine:
#
#   ./run.sh         starts RabbitMQ and annal, prints the addresses, stops everything on Ctrl-C
#   ./run.sh demo    shows the whole of it by itself on data of its own, in about a minute
#   ./run.sh build   only installs and builds; the program is build/annal
#   ./run.sh install DIR   puts the program, the library and its headers under DIR (/usr/local)
#
# RabbitMQ is a private node on loopback with its data, log and cookie under the data directory.
# ANNAL_BUS=amqp://… uses a broker of yours instead, ANNAL_BUS=log: runs without one. ANNAL_DATA (./data)
# and every other ANNAL_* variable of `annal up --help` hold here too. ANNAL_PAYMENT_PROVIDER=20 starts the
# payment provider of examples/ beside them, which refuses 20 percent of the payments.
set -eu
cd "$(dirname "$0")"

deploy/install-packages.sh run
deploy/install-npm.sh api/viewer || echo "npm failed: annal is built without the viewer of /docs"
if [ ! -f build/build.ninja ]; then
    meson setup build --buildtype=release > build.log 2>&1 || { cat build.log; exit 1; }
    rm -f build.log
fi
echo "Building build/annal"
ninja -C build annal examples/payment-provider > build/ninja.log 2>&1 || { grep -E 'error|FAILED' -A 5 build/ninja.log; exit 1; }

install_under() {
    mkdir -p "$1"
    meson configure build --prefix "$(cd "$1" && pwd)"
    ninja -C build annal libannal.a tests/support/libannal_test.a >> build/ninja.log
    meson install -C build --no-rebuild > build/install.log || { cat build/install.log; exit 1; }
    echo "Installed under $1. For programs of your own:"
    echo "export PKG_CONFIG_PATH=$(dirname "$(find "$(cd "$1" && pwd)" -name annal.pc)")"
}

case ${1:-} in
    build) exit 0 ;;
    install) install_under "${2:-/usr/local}"; exit 0 ;;
    demo) exec deploy/demo.sh ;;
    "") ;;
    *) echo "run.sh: nothing, demo, build or install, not $1" >&2; exit 2 ;;
esac

. deploy/house.sh
house_begin "${ANNAL_DATA:-./data}"
trap house_end EXIT
trap 'exit 130' INT TERM HUP
[ -z "${ANNAL_PAYMENT_PROVIDER:-}" ] || export ANNAL_SAGAS=1
house_start
[ -z "${ANNAL_PAYMENT_PROVIDER:-}" ] || provider_start "$ANNAL_PAYMENT_PROVIDER"

cat <<TEXT

annal runs. Ctrl-C stops it.
  commands  $commands_url
  queries   $queries_url
  bus       $(echo "$ANNAL_BUS" | sed 's#//[^@]*@#//#')
  data      $ANNAL_DATA    (build/annal status --data $ANNAL_DATA)
TEXT
wait "$up" || true
