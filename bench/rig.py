"""What the benchmarks share: rows, builds, prepared logs, and programs that are started and ended by pid.

A row is measured by setups. A setup prepares what it measures in a new workplace and returns a function,
which measures once and returns {figure: value}. run.py calls the functions of annal and of the baseline
in turn.
"""
import dataclasses
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.path.join(SOURCE, "bench")
CONNECTIONS = 64


class Failed(Exception):
    """Something did not work; the text is the reason."""


@dataclasses.dataclass
class Figure:
    """A figure of a row. `wanted` is about the ratio if the row has a baseline for it, else about the value. `baseline`
    says what the baseline is."""
    name: str
    what: str
    unit: str
    wanted: str = ""
    baseline: str = ""


@dataclasses.dataclass
class Row:
    """One word of run.sh. `baseline` is a setup, or None; `same` names values that must agree with it."""
    name: str
    setup: object
    baseline: object
    figures: list
    needs: tuple = ()
    same: tuple = ()
    default: bool = True


class Program:
    """A build of annal, and where its benchmarks keep logs."""

    def __init__(self, build, name="annal"):
        self.build = build
        self.name = name
        self.annal = os.path.join(build, "annal")
        self.make_log = self.bench("make_log")

    def bench(self, name):
        """A program of bench/."""
        return os.path.join(self.build, "bench", name)

    def kept_log(self, *arguments):
        """The directory of a log of make_log, which is kept until make_log changes."""
        directory = os.path.join(self.build, "bench", "logs", "-".join(map(str, arguments)))
        made = os.path.join(directory, "made.txt")
        if not os.path.exists(made) or os.path.getmtime(made) < os.path.getmtime(self.make_log):
            shutil.rmtree(directory, ignore_errors=True)
            os.makedirs(directory)
            text = output_of(self.make_log, directory, *map(str, arguments))
            with open(made, "w", encoding="utf-8") as file:
                file.write(text)
        return directory


# ---- settings ----

def setting(name, default):
    """A positive number of the environment, of the type of the default."""
    text = os.environ.get(name, "")
    try:
        value = type(default)(text) if text else default
    except ValueError:
        value = 0
    if value <= 0:
        raise Failed(f"{name}={text} is not a positive number")
    return value


def pairs():
    return setting("BENCH_PAIRS", 5)


def seconds(default):
    """The duration of one measurement: BENCH_SECONDS, or the default of the row."""
    return setting("BENCH_SECONDS", float(default))


def events(default):
    """The length of a prepared log: BENCH_EVENTS, or the default of the row."""
    return setting("BENCH_EVENTS", default)


def orders():
    """The orders of `fulfilments`: BENCH_ORDERS."""
    return setting("BENCH_ORDERS", 10000)


# ---- commands and processes ----

def output_of(*command, accepted=(0,), **options):
    """Runs a command to its end; raises Failed with its output if its exit status is not accepted."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False, **options)
    if result.returncode not in accepted:
        raise Failed(f"{' '.join(command)}: exit status {result.returncode}\n"
                     f"{result.stdout[-1000:]}{result.stderr[-2000:]}")
    return result.stdout


def children_cpu():
    """The processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(*command, **options):
    """The seconds that a command took, and its processor seconds."""
    begin, begin_cpu = time.monotonic(), children_cpu()
    output_of(*command, **options)
    return time.monotonic() - begin, children_cpu() - begin_cpu


def can_bind(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(*offsets):
    """A free loopback port whose ports at these offsets are free too; below the ephemeral ports of the kernel."""
    while True:
        port = random.randrange(10000, 17000)
        if all(can_bind(port + offset) for offset in (0, *offsets)):
            return port


class Broker:
    """A private RabbitMQ node in a workplace."""
    SCRIPT = os.path.join(SOURCE, "deploy", "private-broker.sh")

    def __init__(self, place):
        self.directory = place.path("rabbitmq")
        # RabbitMQ uses the ports 10,000 and 20,000 above it for Erlang.
        self.url = output_of(self.SCRIPT, "start", self.directory,
                             str(free_port(7000, 14000))).strip()
        self.pid = int(output_of(self.SCRIPT, "pid", self.directory))

    def close(self):
        output_of(self.SCRIPT, "stop", self.directory)


class Workplace:
    """A directory under the build directory of the working tree for one setup, with what it has started. Its name is
    short: the path of a Unix socket has at most 107 bytes."""

    def __init__(self, program):
        self.program = program
        parent = os.path.join(TOOLS.build, "bench", "work")
        os.makedirs(parent, exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix="", dir=parent)
        self.processes = []
        self.servers = []  # closed with the workplace: a broker, a database
        self._broker = None

    @property
    def broker(self):
        """The broker of this workplace, started when it is used first."""
        if not self._broker:
            self._broker = Broker(self)
            self.servers.append(self._broker)
        return self._broker

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def new_directory(self, name):
        """An empty directory; one of the same name is removed."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        os.makedirs(self.path(name), mode=0o700)
        return self.path(name)

    def new_schemas(self, event_type, schema):
        """A directory for --schemas with one event type."""
        directory = self.new_directory("schemas")
        os.makedirs(os.path.join(directory, "events"))
        with open(os.path.join(directory, "events", event_type + ".json"), "w", encoding="utf-8") as out:
            json.dump(schema, out)
        return directory

    def new_log(self, name, *arguments):
        """A copy of a kept log in a new directory, on the disk."""
        directory = self.new_directory(name)
        source = self.program.kept_log(*arguments)
        output_of("cp", "--reflink=auto", os.path.join(source, "events.db"), directory)
        for_each_file(directory, os.fsync)
        return directory

    def start(self, name, *command):
        """Starts a process in the background; its standard error goes to NAME.log."""
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=log, text=True)
        process.name = name
        process.log_path = self.path(name + ".log")
        self.processes.append(process)
        return process

    def start_server(self, name, *command):
        """Starts a server that prints `ready NAME URL`; returns process and URL."""
        process = self.start(name, *command)
        readable, _, _ = select.select([process.stdout], [], [], 120)
        line = process.stdout.readline() if readable else ""
        match = re.match(r"ready \S+ .*?(http://\S+)", line) or re.match(r"ready (\S+)", line)
        if not match:
            raise Failed(f"{name} did not become ready: {line}{tail(process.log_path)}")
        return process, match.group(1)

    def start_role(self, role, data, *arguments, bus="log:"):
        """Starts a role of annal with its arguments and options; returns process and URL."""
        listen = {"commands": ("--commands-listen", "127.0.0.1:0"),
                  "queries": ("--queries-listen", "127.0.0.1:0")}.get(role, ())
        bus_option = () if role == "queries" else ("--bus", bus)
        name = f"projector-{arguments[0]}" if role == "projector" else role
        return self.start_server(name, self.program.annal, role,
                                 *arguments, "--data", data, *bus_option, *listen,
                                 "--log-level", "warning")

    def rebuild(self, data, *models):
        return timed(self.program.annal, "rebuild", *models, "--data", data, "--log-level", "warning")

    def end(self, process):
        """Stops the process and waits; raises Failed if its exit status is not accepted."""
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired as late:
            process.kill()
            raise Failed(f"{process.args[0]} did not end") from late
        finally:
            self.processes.remove(process)
        if status not in (0, -signal.SIGTERM):
            raise Failed(f"{process.args[0]}: exit status {status}\n{tail(process.log_path)}")

    def end_all(self):
        for process in reversed(list(self.processes)):
            self.end(process)

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        for server in self.servers:
            server.close()
        if not os.environ.get("BENCH_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)


TOOLS = None  # the Program of the working tree, whose load programs measure every build; set by run.py


def wait_until(condition, what, patience_seconds=60):
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > patience_seconds:
            raise Failed(f"not after {patience_seconds} s: {what}")
        time.sleep(0.02)


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-2000:]


# ---- files ----

def for_each_file(directory, action):
    """Calls action with a descriptor of every file under the directory."""
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                fd = os.open(path, os.O_RDONLY)
                try:
                    action(fd)
                finally:
                    os.close(fd)
