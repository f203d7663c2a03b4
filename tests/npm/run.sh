#!/bin/sh
# Runs a test written for node: run.sh SCRIPT ANNAL. Prints TAP; what is missing skips it, visibly.
here=$(dirname "$0")
name=${1%.mjs}
skip() { echo "1..0 # SKIP $name: $1"; exit 0; }
command -v node > /dev/null || skip "node is not installed"
cmp -s "$here/package-lock.json" "$here/node_modules/.installed" || skip "no npm ci in tests/npm yet; test.sh does that"
case $name in
    rabbitmq_test) [ -n "${ANNAL_TEST_BROKER:-}" ] || skip "no ANNAL_TEST_BROKER; test.sh starts one" ;;
    pages_test | event_source_test) chromium=$(command -v chromium) || skip "chromium is not installed" ;;
esac
exec node "$here/$1" "$2" "${chromium:-}"
