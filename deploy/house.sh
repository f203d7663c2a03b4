# Sourced by run.sh and demo.sh: starts a private RabbitMQ (unless ANNAL_BUS says otherwise) and
# `annal up`, and stops both, by the pids it started.
#
#   house_begin DATA    chooses the directories
#   house_start         sets commands_url and queries_url
#   provider_start N    a payment provider that refuses N percent; needs RabbitMQ
#   provider_stop
#   saga_start, saga_stop  `annal saga` beside the rest
#   house_end           for a trap on EXIT

house_begin() {
    mkdir -p "$1"
    ANNAL_DATA=$1
    export ANNAL_DATA
    broker="" up="" provider="" saga=""
}

# A port that is free, and whose neighbours for Erlang (+7000, +14000) are as well: the one named if
# it is, else another. All three lie below the ports the system gives to outgoing connections.
free_port() {
    python3 -c '
import random, socket, sys
def free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
port = int(sys.argv[1])
while not port or not all(free(p) for p in (port, port + 7000, port + 14000)):
    port = random.randrange(10000, 17000)
print(port)
' "${1:-0}"
}

house_start() {
    if [ -z "${ANNAL_BUS:-}" ]; then
        echo "Starting a private RabbitMQ"
        port=$(free_port "$(cat "$ANNAL_DATA/rabbitmq/port" 2> /dev/null || echo 0)")
        broker="$ANNAL_DATA/rabbitmq"
        ANNAL_BUS=$(deploy/private-broker.sh start "$broker" "$port")
        export ANNAL_BUS
    fi
    mkdir -p "$ANNAL_DATA/log"
    : > "$ANNAL_DATA/log/ready"
    build/annal up > "$ANNAL_DATA/log/ready" 2>> "$ANNAL_DATA/log/annal.log" &
    up=$!
    tries=0
    until grep -q '^ready up ' "$ANNAL_DATA/log/ready"; do
        tries=$((tries + 1))
        if ! kill -0 "$up" 2> /dev/null || [ "$tries" -gt 600 ]; then
            echo "annal did not start; the end of $ANNAL_DATA/log/annal.log:" >&2
            tail -n 20 "$ANNAL_DATA/log/annal.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    commands_url=$(sed -n 's/^ready up .*commands=\([^ ]*\).*/\1/p' "$ANNAL_DATA/log/ready")
    queries_url=$(sed -n 's/^ready up .*queries=\([^ ]*\).*/\1/p' "$ANNAL_DATA/log/ready")
}

# begin NAME COMMAND…: runs it beside, returns when it has said `ready`. Its pid is then in $begun,
# what it prints in DATA/log/NAME.
begin() {
    name=$1; shift
    : > "$ANNAL_DATA/log/$name"
    "$@" >> "$ANNAL_DATA/log/$name" 2>&1 &
    begun=$!
    tries=0
    until grep -q '^ready' "$ANNAL_DATA/log/$name"; do
        tries=$((tries + 1))
        if ! kill -0 "$begun" 2> /dev/null || [ "$tries" -gt 100 ]; then
            echo "the $name did not start:" >&2
            tail -n 5 "$ANNAL_DATA/log/$name" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# finish PID: SIGTERM, if it runs, and its end.
finish() {
    if [ -n "$1" ] && kill -TERM "$1" 2> /dev/null; then
        wait "$1" 2> /dev/null || true
    fi
}

provider_start() {
    begin provider build/examples/payment-provider "$ANNAL_BUS" "$commands_url" "$1"
    provider=$begun
}
provider_stop() { finish "$provider"; provider=""; }

saga_start() { begin saga build/annal saga; saga=$begun; }
saga_stop() { finish "$saga"; saga=""; }

house_end() {
    provider_stop
    saga_stop
    if [ -n "$up" ] && kill -TERM "$up" 2> /dev/null; then
        echo "Stopping annal"
        wait "$up" 2> /dev/null || true
    fi
    if [ -n "$broker" ]; then
        echo "Stopping RabbitMQ"
        deploy/private-broker.sh stop "$broker" || true
    fi
}
