#!/bin/sh
# A private RabbitMQ node, for trying annal out and for its tests: loopback only, with its own
# node name, data, log, cookie and port mapper (epmd). It does not touch a system-wide RabbitMQ,
# and resolves no host name: the node is annal-PORT@127.0.0.1, a long name.
#
#   private-broker.sh start DIR PORT [VHOST...]   returns when the node answers; prints its URL
#   private-broker.sh stop DIR                    stops the processes of start, by pid
#   private-broker.sh kill DIR                    the same with SIGKILL, like a crash
#   private-broker.sh pid DIR                     prints the node's pid
#   private-broker.sh ctl DIR COMMAND...          runs rabbitmqctl against the node
#
# User guest, password guest, vhost / and the ones named. Started again on the same DIR, it finds its
# queues and messages again.
set -eu
umask 077

command=${1:?start, stop, kill, pid or ctl}
dir=$(mkdir -p "${2:?a directory}" && cd "$2" && pwd)
shift 2

bin=/usr/lib/rabbitmq/bin
[ -x "$bin/rabbitmq-server" ] || { echo "private-broker: RabbitMQ is not installed (apt-get install rabbitmq-server)" >&2; exit 1; }

# Written by start, read by the others.
[ -f "$dir/port" ] && port=$(cat "$dir/port") || port=${1:-0}
[ "$command" = start ] && port=${1:?a port}
case $port in *[!0-9]*|'') echo "private-broker: the port must be a number, not $port" >&2; exit 2 ;; esac
[ "$port" -le 51535 ] || { echo "private-broker: the port must be below 51536: Erlang uses it + 7000 and + 14000 too" >&2; exit 2; }

export HOME="$dir" ERL_CRASH_DUMP="$dir/log/erl_crash.dump"
export LANG=C.UTF-8 LC_ALL=C.UTF-8
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((port + 14000))
export RABBITMQ_USE_LONGNAME=true RABBITMQ_NODENAME="annal-$port@127.0.0.1"
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port"
export RABBITMQ_DIST_PORT=$((port + 7000))
export RABBITMQ_MNESIA_BASE="$dir/data" RABBITMQ_LOG_BASE="$dir/log"
export RABBITMQ_PID_FILE="$dir/node.pid"
export RABBITMQ_CONFIG_FILE="$dir/rabbitmq"
export RABBITMQ_ADVANCED_CONFIG_FILE="$dir/advanced.config" RABBITMQ_CONF_ENV_FILE="$dir/env.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" RABBITMQ_GENERATED_CONFIG_DIR="$dir/generated"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
export RABBITMQ_CTL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"

# node_pid: prints the pid of the Erlang VM, if it is alive and of this node.
node_pid() {
    [ -f "$dir/node.pid" ] || return 1
    pid=$(cat "$dir/node.pid")
    [ -d "/proc/$pid" ] && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "-home $dir -epmd_port" || return 1
    echo "$pid"
}

epmd_pid() {
    [ -f "$dir/epmd.pid" ] || return 1
    pid=$(cat "$dir/epmd.pid")
    [ -d "/proc/$pid" ] && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -q epmd || return 1
    echo "$pid"
}

write_definitions() {
    {
        printf '{"users":[{"name":"guest","password":"guest","tags":["administrator"]}],"vhosts":[{"name":"/"}'
        for vhost in "$@"; do printf ',{"name":"%s"}' "$vhost"; done
        printf '],"permissions":[{"user":"guest","vhost":"/","configure":".*","write":".*","read":".*"}'
        for vhost in "$@"; do
            printf ',{"user":"guest","vhost":"%s","configure":".*","write":".*","read":".*"}' "$vhost"
        done
        printf ']}\n'
    } > "$dir/definitions.json"
}

# Erlang rejects a cookie that other users can read.
write_config() {
    [ -f "$dir/.erlang.cookie" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$dir/.erlang.cookie"
    chmod 400 "$dir/.erlang.cookie"
    cat > "$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
load_definitions = $dir/definitions.json
log.console = false
log.file.level = warning
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
loopback_users.guest = true
CONF
    echo '[].' > "$dir/enabled_plugins"
    : > "$dir/env.conf"
}

# cause: prints in one line why the node did not start.
cause() {
    if grep -q eaddrinuse "$dir/log/start.log"; then
        echo "port $port, $((port + 7000)) or $((port + 14000)) on 127.0.0.1 is in use"
    elif grep -q nxdomain "$dir/log/start.log"; then
        echo "a host name cannot be resolved; check /etc/hosts"
    elif grep -q enospc "$dir/log/start.log"; then
        echo "the disk is full"
    elif grep -q eacces "$dir/log/start.log"; then
        echo "permission denied"
    else # RabbitMQ's own sentence, or the reason its last application gave
        grep -hoE 'ERROR: .*|exited with reason: .*|\[error\] [^>]*> [A-Za-z].*' "$dir/log/start.log" | head -n 1 | cut -c 1-200 |
            grep . || echo "no reason given"
    fi
}

fail() {
    echo "private-broker: RabbitMQ $1: $(cause); its output is in $dir/log/start.log" >&2
    exit 1
}

# Waits until the node answers; fails as soon as the server, process $1, has ended.
wait_until_it_answers() {
    server=$1 tries=0 waiter=""
    while [ "$tries" -lt 600 ]; do
        tries=$((tries + 1))
        kill -0 "$server" 2>/dev/null || { [ -z "$waiter" ] || kill -TERM "-$waiter" 2>/dev/null || true; fail "did not start"; }
        if [ -z "$waiter" ] && node_pid > /dev/null; then
            setsid "$bin/rabbitmqctl" --quiet await_startup --timeout 60 > /dev/null 2>&1 < /dev/null &
            waiter=$!
        elif [ -n "$waiter" ] && ! kill -0 "$waiter" 2>/dev/null; then
            ! wait "$waiter" || return 0
            waiter=""
        fi
        sleep 0.1
    done
    fail "did not start within a minute"
}

start() {
    port=$1; shift
    if running=$(node_pid); then
        echo "private-broker: RabbitMQ already runs in $dir (pid $running); to stop it: deploy/private-broker.sh stop $dir" >&2
        exit 1
    fi
    mkdir -p "$dir/data" "$dir/log" "$dir/generated"
    echo "$port" > "$dir/port"
    write_definitions "$@"
    write_config
    trap 'end TERM' EXIT # nothing is left running if the start fails or is interrupted
    trap 'exit 130' INT TERM HUP
    epmd=$(command -v epmd || ls /usr/lib/erlang/erts-*/bin/epmd | head -n 1)
    setsid "$epmd" > "$dir/log/epmd.log" 2>&1 < /dev/null &
    echo $! > "$dir/epmd.pid"
    setsid "$bin/rabbitmq-server" > "$dir/log/start.log" 2>&1 < /dev/null &
    wait_until_it_answers $!
    trap - EXIT
    echo "amqp://guest:guest@127.0.0.1:$port"
}

# Sends the signal to the processes that remain, and waits for them.
end() {
    for pid in $(node_pid || true) $(epmd_pid || true); do
        kill "-$1" "$pid" 2>/dev/null || true
        tries=0
        while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -lt 300 ] || { kill -KILL "$pid" 2>/dev/null || true; break; }
            sleep 0.1
        done
    done
    rm -f "$dir/epmd.pid" "$dir/node.pid"
}

case $command in
    start) start "$@" ;;
    stop) end TERM ;;
    kill) end KILL ;;
    pid) node_pid ;;
    ctl) "$bin/rabbitmqctl" "$@" ;;
    *) echo "private-broker: start, stop, kill, pid or ctl, not $command" >&2; exit 2 ;;
esac
