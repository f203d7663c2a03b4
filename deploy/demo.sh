#!/bin/sh
# A demonstration of annal on its own data directory: called by ./run.sh demo.
#
# Sends the orders of a generated shop, reads them back, rebuilds a read model while clients read it, kills a
# projector and shows that it catches up, and proves that the read models equal a rebuild. Exits 0 only if
# all of that succeeded.
set -eu
cd "$(dirname "$0")/.."
. deploy/services.sh

export ANNAL_COMMANDS_LISTEN=127.0.0.1:0 ANNAL_QUERIES_LISTEN=127.0.0.1:0
mkdir -p build
data=$(mktemp -d build/demo-XXXXXX)
services_begin "$data"
clean_up() { services_end; rm -rf "$data"; }
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

bold='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m'); plain=$(printf '\033[0m'); }
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
run() { printf '$ %s\n' "$*"; "$@"; }

# table PATH COLUMN…: a query's rows in columns. Waits until the model has reached the log's head.
table() {
    path=$1; shift
    printf '$ curl "%s%s"\n' "$queries_url" "$path"
    curl -sS --fail-with-body -H "Annal-Min-Position: $(head_position)" -H 'Prefer: wait=30' "$queries_url$path" |
        jq -r --arg columns "$*" '($columns | split(" ")) as $c | $c, (.rows[] | [.[$c[]]]) | map(tostring) | join("\t")' |
        awk -F '\t' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } n = NF }
             END { for (r = 1; r <= NR; r++) { line = ""; for (i = 1; i <= n; i++) line = line sprintf("  %-" width[i] "s", cell[r, i]); print line } }'
}
head_position() { build/annal status --json | jq .head; }
# Waits until every read model has reached the head.
caught_up() {
    tries=0
    until [ "$(build/annal status --json | jq '[.models[].lag] | max')" = 0 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "the read models did not catch up within 30 s"; build/annal status; exit 1; }
        sleep 0.1
    done
}

services_start
echo "commands $commands_url, queries $queries_url"

say "1. Send the orders of a shop as commands"
python3 examples/shop/generate.py 3000 1 > "$data/shop.ndjson"
run build/annal send --to "$commands_url" "$data/shop.ndjson"

say "2. Read the rows of three of the seven read models"
caught_up
table '/read/order_summary?sort=-total&limit=5' order_id customer_id status item_count total currency
table '/read/product_sales?sort=-revenue&limit=5' product_id currency units revenue
table '/read/daily_sales?sort=-day&limit=5' day currency orders revenue
run build/annal status

say "3. Rebuild a read model from the first event while clients read it"
id=$(curl -sS "$queries_url/read/order_summary?limit=1" | jq -r '.rows[0].order_id')
( while :; do curl -sS -o /dev/null -w '%{http_code}\n' "$queries_url/read/order_summary/$id"; done > "$data/reads" ) &
reader=$!
run build/annal rebuild order_summary
kill "$reader"; wait "$reader" 2> /dev/null || true
echo "reads during the rebuild: $(grep -c '^200$' "$data/reads") answered 200, $(grep -vc '^200$' "$data/reads" || true) failed"
! grep -qv '^200$' "$data/reads"

say "4. Kill a projector; its successor continues from its checkpoint"
pid=$(sed -n 's/.*pid //p' "$data/read/order_summary.db.lock")
run kill -9 "$pid"
python3 examples/shop/generate.py 500 2 > "$data/more.ndjson"
run build/annal send --to "$commands_url" "$data/more.ndjson"
caught_up
echo "all read models are at the head again: $(head_position)"
again=$(sed -n 's/.*pid //p' "$data/read/order_summary.db.lock")
echo "order_summary: worker $pid was killed, worker $again took over"
[ "$pid" != "$again" ]

say "5. A saga reserves stock, requests payment over RabbitMQ, and ships the order"
# saga_at ID STEP: waits until the saga of the order has reached the step.
saga_at() {
    tries=0
    until [ "$(build/annal sagas show "$1" --json 2> /dev/null | jq -r .step)" = "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "the saga of $1 did not reach step $2 within 30 s"; build/annal sagas show "$1"; exit 1; }
        sleep 0.1
    done
}
# order ID: places an order of two products that are in stock.
order() {
    curl -sS --fail-with-body -o /dev/null "$commands_url/commands/order/$1/create" --json '{"customerId": "C-1", "currency": "EUR",
        "place": true, "items": [{"productId": "P-001", "quantity": 2, "unitPrice": 4950}, {"productId": "P-002", "quantity": 1, "unitPrice": 290}]}'
}
if [ "$ANNAL_BUS" != log: ]; then
    # A separate process; it is new on this log, so it begins at the head.
    saga_start
    provider_start 0
    order DEMO-1
    saga_at DEMO-1 await-shipment
    curl -sS --fail-with-body -o /dev/null "$commands_url/commands/order/DEMO-1/ship" --json '{"carrier": "Post"}'
    saga_at DEMO-1 done
    run build/annal sagas show DEMO-1
    provider_stop

    say "6. The provider refuses the next payment: the saga compensates in reverse order"
    provider_start 100
    order DEMO-2
    saga_at DEMO-2 compensated
    run build/annal sagas show DEMO-2
    provider_stop
    saga_stop
fi

say "7. Check that every read model equals a rebuild, and verify the hash chain of the log"
run build/annal check
run build/annal verify

say "The demonstration has ended. ./run.sh starts annal."
