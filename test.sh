#!/bin/sh
# Runs every test of annal: ./test.sh [SUITE…]
#
# Installs what is missing (Debian packages), builds with AddressSanitizer and UBSan, starts a RabbitMQ
# node of its own on a free port, runs all suites (unit store bus flow faults fuzz lint, or those
# named), stops what it started, and ends with a line "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")"

deploy/install-packages.sh test
. deploy/house.sh

# Clients written for node come from npm, at the versions of package-lock.json.
if command -v npm > /dev/null; then
    if ! cmp -s tests/npm/package-lock.json tests/npm/node_modules/.installed; then
        echo "Installing the npm packages of tests/npm"
        npm ci --prefix tests/npm --ignore-scripts --silent < /dev/null &&
            cp tests/npm/package-lock.json tests/npm/node_modules/.installed ||
            echo "npm ci failed: the tests that need its packages are skipped"
    fi
else
    echo "npm is not installed: the tests that need it are skipped"
fi

build=build-test
if [ ! -f $build/build.ninja ]; then
    meson setup $build -Db_sanitize=address,undefined > /dev/null || { meson setup $build; exit 1; }
fi
echo "Building $build"
ninja -C $build > $build/ninja.log 2>&1 || { grep -E 'error|FAILED' -A 5 $build/ninja.log; exit 1; }


broker=$(mktemp -d "${TMPDIR:-/tmp}/annal-broker-XXXXXX")
stop() { deploy/private-broker.sh stop "$broker" > /dev/null 2>&1 || true; rm -rf "$broker"; }
trap stop EXIT
trap 'exit 130' INT TERM

# Each program that talks to the broker has a virtual host of its own: t-<program>.
vhosts=$(meson introspect --tests $build | jq -r '.[] | "t-" + .name')
echo "Starting a private RabbitMQ"
ANNAL_TEST_BROKER=$(deploy/private-broker.sh start "$broker" "$(free_port)" $vhosts)
export ANNAL_TEST_BROKER

suites=""
for suite in "$@"; do suites="$suites --suite $suite"; done
status=0
meson test -C $build --no-rebuild --print-errorlogs $suites || status=$?

python3 tests/support/count.py $build/meson-logs/testlog.junit.xml "$status"
