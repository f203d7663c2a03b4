#!/bin/sh
# Runs the tests of annal: ./test.sh [SUITE…]
#
# Installs missing packages (Debian and npm), builds with AddressSanitizer and UBSan, starts a private RabbitMQ node on
# a free port, and runs the suites (unit store bus flow faults fuzz lint, or those named). Without names it also runs the
# memory tests without sanitizers and the multi-threaded tests under ThreadSanitizer. It stops the processes it started,
# and ends with a line "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")"

deploy/install-packages.sh test
. deploy/services.sh

# The viewer of /docs and clients written for node come from npm, at the versions of package-lock.json.
for folder in api/viewer tests/npm; do
    deploy/install-npm.sh $folder || echo "npm failed: the tests that need the packages of $folder are skipped"
done

# Each test is a separate program; mold links them in a fraction of the time.
if command -v mold > /dev/null; then export CC_LD=mold; fi

# set_up BUILD SANITIZERS: configures a build folder unless it exists. -O1 compiles a third faster than -O2, and -g1
# (the lines of a backtrace, no variables) an eighth faster than -g.
set_up() {
    [ -f "$1/build.ninja" ] || meson setup "$1" -Db_sanitize="$2" -Doptimization=1 -Dc_args=-g1 > /dev/null ||
        { meson setup "$1"; exit 1; }
}

build=build-test
set_up $build address,undefined
echo "Building $build"
ninja -C $build > $build/ninja.log 2>&1 || { grep -E 'error|FAILED' -A 5 $build/ninja.log; exit 1; }

broker=$(mktemp -d "${TMPDIR:-/tmp}/annal-broker-XXXXXX")
builders=""
stop() {
    [ -z "$builders" ] || kill $builders 2> /dev/null || true
    deploy/private-broker.sh stop "$broker" > /dev/null 2>&1 || true
    rm -rf "$broker"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Each test program has its own virtual host, t-<program>.
vhosts=$(meson introspect --tests $build | jq -r '.[] | "t-" + .name')
echo "Starting a private RabbitMQ"
ANNAL_TEST_BROKER=$(deploy/private-broker.sh start "$broker" "$(free_port)" $vhosts)
export ANNAL_TEST_BROKER

# What is run again is built beside the tests, from the processor time that they leave.
# build_beside FOLDER TARGET…: starts it; $! is the process.
build_beside() {
    folder=$1
    shift
    nice -n 19 ninja -C "$folder" -j 1 "$@" > "$folder/ninja.log" 2>&1 &
    builders="$builders $!"
}

# test_programs FOLDER TEST…: the targets of these tests.
test_programs() {
    folder=$1
    shift
    meson introspect --tests "$folder" | jq -r --arg folder "$PWD/$folder/" \
        '.[] | select(.name | IN($ARGS.positional[])) | .cmd[0] | ltrimstr($folder)' --args "$@"
}

threaded="command_desk_test desk_idempotency_test state_cache_test http_server_test http_budget_test event_routes_test reader_test
          live_test event_feed_test read_workers_test log_call_test renew_test reread_test dispatcher_test subscription_test relays_test mailbox_test
          projector_test metrics_test team_test rebuild_together_test"
if [ $# -eq 0 ]; then
    set_up build-plain none
    build_beside build-plain annal tests/shop/memory_test
    plain=$!
    set_up build-tsan thread
    build_beside build-tsan tests/domain/lending_annal $(test_programs build-tsan $threaded)
    tsan=$!
fi

# Most tests wait for processes more than they compute.
: "${MESON_TESTTHREADS:=$(($(nproc) + 1))}"
export MESON_TESTTHREADS

suites=""
for suite in "$@"; do suites="$suites --suite $suite"; done
reports=$build/meson-logs/testlog.junit.xml
status=0
meson test -C $build --no-rebuild --print-errorlogs $suites || status=$?

# Sanitizers multiply memory use, so the memory tests run without them; multi-threaded tests run again under
# ThreadSanitizer.
if [ $# -eq 0 ]; then
    wait "$plain" || status=$?
    wait "$tsan" || status=$?
    builders=""
    echo "Measuring memory"
    meson test -C build-plain --no-rebuild --print-errorlogs memory_test || status=$?
    echo "Running multi-threaded tests under ThreadSanitizer"
    TSAN_OPTIONS=halt_on_error=1 meson test -C build-tsan -t 4 --print-errorlogs $threaded || status=$?
    reports="$reports build-plain/meson-logs/testlog.junit.xml build-tsan/meson-logs/testlog.junit.xml"
fi

python3 tests/support/count.py "$status" $reports
