#!/bin/sh
# Runs a test written for node: run.sh SCRIPT ANNAL. Prints TAP; what is missing skips it, visibly.
here=$(dirname "$0")
name=${1%.mjs}
skip() { echo "1..0 # SKIP $name: $1"; exit 0; }
command -v node > /dev/null || skip "node is not installed"
for package in cloudevents amqplib @redocly/openapi-core; do
    [ -d "$here/node_modules/$package" ] || skip "no npm ci in tests/npm yet; test.sh does that"
done
[ "$name" != rabbitmq_test ] || [ -n "${ANNAL_TEST_BROKER:-}" ] || skip "no ANNAL_TEST_BROKER; test.sh starts one"
exec node "$here/$1" "$2"
