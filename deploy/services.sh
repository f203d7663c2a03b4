# Sourced by run.sh and demo.sh: starts a private RabbitMQ (unless ANNAL_BUS says otherwise) and
# `annal up`, and stops both, by the pids it started.
#
#   services_begin DATA    locks the directory; exits if another run holds it
#   services_start         starts them; sets commands_url and queries_url; exits with the reason on failure
#   provider_start N       starts a payment provider that rejects N percent of the payments; needs RabbitMQ
#   provider_stop          stops it
#   saga_start, saga_stop  start and stop `annal saga`
#   services_end           stops everything; for a trap on EXIT

# A script holds DATA/run.lock through descriptor 9 as long as it runs; the processes that it starts do not inherit
# the descriptor.
services_begin() {
    umask 077
    mkdir -p "$1"
    ANNAL_DATA=$1
    export ANNAL_DATA
    broker="" up="" provider="" saga=""
    exec 9>> "$ANNAL_DATA/run.lock"
    if ! flock -n 9; then
        echo "$ANNAL_DATA is in use by another ./run.sh (pid $(cat "$ANNAL_DATA/run.lock")); stop that one, or choose another directory: ANNAL_DATA=DIR ./run.sh" >&2
        exit 1
    fi
    echo $$ > "$ANNAL_DATA/run.lock"
}

# is_held FILE.lock: a process of annal holds the lock (base/lock_file.h).
is_held() {
    ! python3 -c 'import fcntl, sys; fcntl.lockf(open(sys.argv[1], "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$1" 2> /dev/null
}

# Checks, before anything is started, what would make `annal up` fail.
check_free() {
    if [ -e "$ANNAL_DATA/events.db.lock" ] && is_held "$ANNAL_DATA/events.db.lock"; then
        echo "the log in $ANNAL_DATA is in use by $(cat "$ANNAL_DATA/events.db.lock")" >&2
        exit 1
    fi
    check_address ANNAL_COMMANDS_LISTEN "${ANNAL_COMMANDS_LISTEN:-127.0.0.1:8080}"
    check_address ANNAL_QUERIES_LISTEN "${ANNAL_QUERIES_LISTEN:-127.0.0.1:8081}"
}

# check_address VARIABLE ADDR:PORT: checks that the address is free; annal itself reports a malformed one.
check_address() {
    python3 -c '
import socket, sys
variable, address = sys.argv[1:]
host, _, port = address.rpartition(":")
try:
    family, kind, _, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM,
                                                   flags=socket.AI_PASSIVE | socket.AI_NUMERICHOST)[0]
except (ValueError, OSError):
    sys.exit(0)
with socket.socket(family, kind) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(where)
        s.listen()
    except OSError as e:
        sys.exit(f"{address}: {e.strerror}; stop the process that listens there, or choose another address: {variable}=ADDR:PORT ./run.sh")
' "$1" "$2"
}

# free_port [PORT]: prints a port that is free together with the ports that Erlang needs (+7000, +14000): PORT if
# possible, else another. All three are below the ephemeral ports of the system.
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

# $broker is set once the broker runs; if the start fails, private-broker.sh has cleaned up itself.
broker_start() {
    echo "Starting a private RabbitMQ"
    port=$(free_port "$(cat "$ANNAL_DATA/rabbitmq/port" 2> /dev/null || echo 0)")
    if ! ANNAL_BUS=$(deploy/private-broker.sh start "$ANNAL_DATA/rabbitmq" "$port" 9>&-); then
        echo "To use another broker: ANNAL_BUS=amqp://… ./run.sh; to run without a broker: ANNAL_BUS=log: ./run.sh" >&2
        exit 1
    fi
    export ANNAL_BUS
    broker="$ANNAL_DATA/rabbitmq"
}

services_start() {
    check_free
    [ -n "${ANNAL_BUS:-}" ] || broker_start
    mkdir -p "$ANNAL_DATA/log"
    : > "$ANNAL_DATA/log/ready"
    log="$ANNAL_DATA/log/annal.log"
    : >> "$log"
    began=$(wc -l < "$log")
    build/annal up > "$ANNAL_DATA/log/ready" 2>> "$log" 9>&- &
    up=$!
    tries=0
    until grep -q '^ready up ' "$ANNAL_DATA/log/ready"; do
        tries=$((tries + 1))
        if ! kill -0 "$up" 2> /dev/null || [ "$tries" -gt 600 ]; then
            echo "annal did not start; the end of $log:" >&2
            tail -n "+$((began + 1))" "$log" | tail -n 20 >&2
            exit 1
        fi
        sleep 0.1
    done
    commands_url=$(sed -n 's/^ready up .*commands=\([^ ]*\).*/\1/p' "$ANNAL_DATA/log/ready")
    queries_url=$(sed -n 's/^ready up .*queries=\([^ ]*\).*/\1/p' "$ANNAL_DATA/log/ready")
}

# begin NAME COMMAND…: starts COMMAND in the background and returns when it has printed `ready`. $begun is then its
# pid; its output goes to DATA/log/NAME.
begin() {
    name=$1; shift
    : > "$ANNAL_DATA/log/$name"
    "$@" >> "$ANNAL_DATA/log/$name" 2>&1 9>&- &
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

# finish PID: sends SIGTERM if the process runs, and waits for its end.
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

# The reader of the output may have ended.
services_end() {
    trap '' PIPE
    provider_stop
    saga_stop
    if [ -n "$up" ] && kill -TERM "$up" 2> /dev/null; then
        echo "Stopping annal" 2> /dev/null || true
        wait "$up" 2> /dev/null || true
    fi
    if [ -n "$broker" ]; then
        echo "Stopping RabbitMQ" 2> /dev/null || true
        deploy/private-broker.sh stop "$broker" || true
    fi
}
