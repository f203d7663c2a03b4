# Sourced by run.sh and demo.sh: starts a private RabbitMQ (unless ANNAL_BUS says otherwise) and
# `annal up`, and stops both, by the pids it started.
#
#   house_begin DATA    chooses the directories
#   house_start         sets commands_url and queries_url
#   provider_start N    a payment provider that refuses N percent; needs RabbitMQ
#   provider_stop
#   house_end           for a trap on EXIT

house_begin() {
    mkdir -p "$1"
    ANNAL_DATA=$1
    export ANNAL_DATA
    broker="" up="" provider=""
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

# Returns when it consumes; what it does is in DATA/log/provider.
provider_start() {
    : > "$ANNAL_DATA/log/provider"
    build/examples/payment-provider "$ANNAL_BUS" "$commands_url" "$1" >> "$ANNAL_DATA/log/provider" 2>&1 &
    provider=$!
    tries=0
    until grep -q '^ready' "$ANNAL_DATA/log/provider"; do
        tries=$((tries + 1))
        if ! kill -0 "$provider" 2> /dev/null || [ "$tries" -gt 100 ]; then
            echo "the payment provider did not start:" >&2
            tail -n 5 "$ANNAL_DATA/log/provider" >&2
            exit 1
        fi
        sleep 0.1
    done
}

provider_stop() {
    if [ -n "$provider" ] && kill -TERM "$provider" 2> /dev/null; then
        wait "$provider" 2> /dev/null || true
    fi
    provider=""
}

house_end() {
    provider_stop
    if [ -n "$up" ] && kill -TERM "$up" 2> /dev/null; then
        echo "Stopping annal"
        wait "$up" 2> /dev/null || true
    fi
    if [ -n "$broker" ]; then
        echo "Stopping RabbitMQ"
        deploy/private-broker.sh stop "$broker" || true
    fi
}
