"""What the benchmarks share: programs started and ended by pid, wrk, pairs in turn, the table row.

Each benchmark is a script: `bench/commands.py BUILD_DIR`. It works in a new directory under
the build directory, ends every process it started however it ends, exits 0 if all worked (however
slow) and 1 if something did not.
"""
import json
import os
import platform
import random
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.path.join(SOURCE, "bench")
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(SOURCE, "build"))
ANNAL = os.path.join(BUILD, "annal")
CONNECTIONS = 64
PAIRS = 3


class Failed(Exception):
    """Something did not work; the text is the reason."""


def seconds(default):
    """The duration of one measurement: BENCH_SECONDS, or the default of the benchmark."""
    return float(os.environ.get("BENCH_SECONDS", default))


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Failed(f"{program} is not installed (deploy/install-packages.sh bench)")


def output_of(*command, accepted=(0,), **options):
    """Runs a command to its end; raises Failed with its output if its exit status is not accepted."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False, **options)
    if result.returncode not in accepted:
        raise Failed(f"{' '.join(command)}: exit status {result.returncode}\n"
                     f"{result.stderr[-2000:]}")
    return result.stdout


def timed(*command, **options):
    """The seconds a command took."""
    begin = time.monotonic()
    output_of(*command, **options)
    return time.monotonic() - begin


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
    """A private RabbitMQ in a workplace: `with Broker(workplace) as url`."""
    SCRIPT = os.path.join(SOURCE, "deploy", "private-broker.sh")

    def __init__(self, workplace):
        self.directory = workplace.path("rabbitmq")

    def __enter__(self):
        # RabbitMQ uses the ports 10,000 and 20,000 above it for Erlang.
        return output_of(self.SCRIPT, "start", self.directory,
                         str(free_port(7000, 14000))).strip()

    def __exit__(self, *_):
        output_of(self.SCRIPT, "stop", self.directory)


class Workplace:
    """A directory under the build directory, and the processes started in it."""

    def __init__(self, name):
        os.makedirs(os.path.join(BUILD, "bench"), exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix=name + "-", dir=os.path.join(BUILD, "bench"))
        self.processes = []

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def new_directory(self, name):
        os.makedirs(self.path(name))
        return self.path(name)

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
        readable, _, _ = select.select([process.stdout], [], [], 30)
        line = process.stdout.readline() if readable else ""
        match = re.match(r"ready \S+ .*?(http://\S+)", line) or re.match(r"ready (\S+)", line)
        if not match:
            raise Failed(f"{name} did not become ready: {line}{tail(process.log_path)}")
        return process, match.group(1)

    def end(self, process):
        """Stops the process and waits; raises Failed if its exit status is not accepted."""
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired as late:
            process.kill()
            raise Failed(f"{process.args[0]} did not end") from late
        finally:
            self.processes.remove(process)
        if status not in (0, -signal.SIGTERM):
            raise Failed(f"{process.args[0]}: exit status {status}\n{tail(process.log_path)}")

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        if not os.environ.get("BENCH_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(condition, what, patience_seconds=60):
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > patience_seconds:
            raise Failed(f"not after {patience_seconds} s: {what}")
        time.sleep(0.02)


def cpu_us(pid):
    """The processor time a process and its children have used, in microseconds."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        children = file.read().split()
    own = (int(user) + int(system)) * 1e6 / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_us(int(child)) for child in children)


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-2000:]


def wrk(server, url, script, *arguments, duration, threads=1):
    """Loads a server; returns the report of wrk_report.lua. Raises Failed if an answer was not 2xx."""
    cpu_before_us = cpu_us(server.pid)
    both = os.path.join(tempfile.gettempdir(), f"annal-bench-{os.getpid()}.lua")
    with open(both, "w", encoding="utf-8") as out:
        for name in (script, "wrk_report.lua"):
            with open(os.path.join(BENCH, name), encoding="utf-8") as part:
                out.write(part.read())
    try:
        said = output_of("wrk", f"-t{threads}", f"-c{CONNECTIONS}", f"-d{max(1, round(duration))}s",
                         "--timeout", "10s", "-s", both, url, "--", *map(str, arguments))
    finally:
        os.unlink(both)
    report = json.loads(said[said.index("\nreport ") + 8:])
    if report["failed"] or report["rejected"] or not report["requests"]:
        raise Failed(f"{url}: {report}")
    report["per_second"] = report["requests"] * 1e6 / report["us"]
    report["cpu_us"] = (cpu_us(server.pid) - cpu_before_us) / report["requests"]
    return report


def in_turn(measure_ours, measure_baseline, pairs=PAIRS):
    """Pairs of figures (ours, baseline), measured in turn so that both see the same machine."""
    figures = []
    for pair in range(pairs):
        ours, baseline = measure_ours(pair), measure_baseline(pair)
        print(f"  {ours:12,.0f} {baseline:12,.0f}   ratio {ours / baseline:.2f}", flush=True)
        figures.append((ours, baseline))
    return figures


def print_cpu(what, cpu):
    """The lowest measured processor time per request of each server."""
    print(f"  processor time per {what}:",
          ", ".join(f"{name} {min(each):.1f} us" for name, each in cpu.items()))


def describe_machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = re.findall(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{len(os.sched_getaffinity(0))} x {models[0] if models else platform.machine()}, "
            f"{memory:.0f} GiB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}")


def describe_versions():
    packages = ("libmicrohttpd12", "libsqlite3-0", "librabbitmq4", "libjansson4", "nginx-light",
                "rabbitmq-server", "wrk")
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", *packages],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    commit = subprocess.run(["git", "-C", SOURCE, "describe", "--always", "--dirty"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            check=False)
    return f"annal {commit.stdout.strip() or 'unknown'}, {said.stdout.rstrip(', ')}"


def print_row(what, figures, least, unit):
    """A row of the table: medians of both, the median of the ratios, and the target."""
    ours = statistics.median(figure[0] for figure in figures)
    baseline = statistics.median(figure[1] for figure in figures)
    ratio = statistics.median(figure[0] / figure[1] for figure in figures)
    print(f"| {what} | {ours:,.0f} {unit} | {baseline:,.0f} {unit} | {ratio:.2f} | {least} |")
    return ratio


def main(name, run):
    """Runs a benchmark in a new workplace."""
    workplace = Workplace(name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{name}: {describe_machine()}\n{describe_versions()}", flush=True)
    try:
        if not os.access(ANNAL, os.X_OK):
            raise Failed(f"{ANNAL} is not built")
        run(workplace)
    except Failed as failed:
        print(f"{name}: {failed}", file=sys.stderr)
        sys.exit(1)
    finally:
        workplace.close()
