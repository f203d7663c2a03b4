"""annal and proxies as child processes on free ports of 127.0.0.1, in a temporary directory, for tests
in Python. `Workplace` is a context manager: at its end it stops what it started, by pid.
"""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE_S = 60


def wait_for(what, condition, patience=PATIENCE_S):
    """The first true value of condition(); fails after `patience` seconds."""
    until = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not so after {patience} s: {what}")
        time.sleep(0.005)


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Workplace:
    def __init__(self, annal):
        self.annal = os.path.abspath(annal)

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="annal-proxy-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.data = os.path.join(self.directory, "data")
        self.children = []
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            try:
                child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def spawn(self, name, *command, **variables):
        """Starts a process; its output goes to the files NAME.out and NAME.log."""
        with open(self.path(name + ".out"), "wb") as out, open(self.path(name + ".log"), "wb") as log:
            child = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                     env=dict(os.environ, **variables))
        self.children.append(child)
        return child

    def start_annal(self, role, *words):
        """Starts a role and waits until it is ready; returns its address, if it has one."""
        child = self.spawn(role, self.annal, role, "--data", self.data, *words)

        def ready():
            assert child.poll() is None, f"annal {role} ended: {self.read(role + '.log')}"
            return re.search(rf"^ready {role} .*\n", self.read(role + ".out"), re.M)
        line = wait_for(f"annal {role} is ready", ready).group()
        address = re.search(r"127\.0\.0\.1:\d+", line)
        return address and address.group()

    def start_proxy(self, name, configuration, port, *command):
        with open(self.path(name + ".conf"), "w", encoding="utf-8") as file:
            file.write(configuration)
        child = self.spawn(name, *command)

        def listens():
            assert child.poll() is None, f"{name} ended: {self.read(name + '.log')}{self.read(name + '.out')}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_for(f"{name} listens", listens)

    def start_nginx(self, http_block, port):
        """`http_block`: the content of http { }."""
        temporary = "".join(f"{kind}_temp_path {self.path('nginx-' + kind)};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root; " if os.geteuid() == 0 else ""  # its workers need access to the directory
        configuration = (f"{user}daemon off; pid {self.path('nginx.pid')}; worker_processes 1;\n"
                         f"error_log stderr;\nevents {{ worker_connections 1024; }}\n"
                         f"http {{\naccess_log off;\n{temporary}{http_block}\n}}\n")
        self.start_proxy("nginx", configuration, port,
                         "nginx", "-p", self.directory, "-e", "stderr", "-c", self.path("nginx.conf"))

    def start_haproxy(self, configuration, port):
        self.start_proxy("haproxy", configuration, port, "haproxy", "-db", "-f", self.path("haproxy.conf"))

    def start_caddy(self, configuration, port):
        self.start_proxy("caddy", configuration, port,
                         "env", f"XDG_DATA_HOME={self.directory}", f"XDG_CONFIG_HOME={self.directory}",
                         f"HOME={self.directory}",
                         "caddy", "run", "--config", self.path("caddy.conf"), "--adapter", "caddyfile")

    def answered(self, role):
        """The number of requests that the endpoint has answered, of any status."""
        connection = UnixConnection(os.path.join(self.data, "run", role + ".sock"))
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return sum(int(n) for n in re.findall(r"^annal_http_requests_total\{.*\} (\d+)$", text, re.M))


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def claim(self, name, faults):
        """`faults`: a line for each thing that does not hold."""
        self.count += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {name}")
        for fault in faults:
            print("".join(f"# {line}\n" for line in str(fault).splitlines()), end="", flush=True)

    def plan(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0
