"""`annal up` as the fuzzer's victim: its processes, whether they live, whether they rest, what they print.

Without a broker (`--bus log:`), on ports picked free, over data of its own. A process that is gone or was
replaced, an exit status, a report of a sanitizer and a line of level `error` are faults.
"""
import collections
import glob
import os
import re
import signal
import shutil
import subprocess
import tempfile
import time

REST_WINDOW_S = 1.0    # over which processor time is looked at
REST_SHARE = 0.3       # a process that wants a processor for more than this part of it, and
RAN_SHARE = 0.05       # has one for more than this, does not rest: on a full machine those that rest wait long too
REST_PATIENCE_S = 20   # the work that requests caused must be done by then
REPORTS = re.compile(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: |Assertion|REQUIRE")


class Server:
    def __init__(self, annal, root):
        self.directory = tempfile.mkdtemp(prefix="annal-fuzz-")
        self.log_path = os.path.join(self.directory, "up.log")
        example = os.path.join(root, "examples/parcels")
        command = [annal, "up", "--data", os.path.join(self.directory, "data"), "--bus", "log:",
                   "--commands-listen", "127.0.0.1:0", "--queries-listen", "127.0.0.1:0",
                   "--schemas", os.path.join(example, "schemas"), "--models", os.path.join(example, "models")]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ANNAL_")}
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(self.log_path, "wb"), text=True)
        self.urls = self.await_ready()
        self.children = self.find_children()

    def await_ready(self):
        for line in self.process.stdout:
            found = re.match(r"ready up commands=(\S+) queries=(\S+)", line)
            if found:
                return list(found.groups())
        raise SystemExit("annal up did not start:\n" + self.log())

    def find_children(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return {int(child): self.name_of(int(child)) for child in children.read().split()}

    @staticmethod
    def name_of(pid):
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            words = line.read().decode().split("\0")
        return " ".join(word for word in words[1:3] if word and not word.startswith("-"))

    def faults(self):
        """What can be seen without asking it anything."""
        found = []
        if self.process.poll() is not None:
            return [f"annal up ended with status {self.process.returncode}"]
        present = self.find_children()
        found += [f"process {pid} ({name}) is gone" for pid, name in self.children.items() if pid not in present]
        self.children = present
        return found

    def processor_seconds(self):
        """Of each process: how long its threads ran, and how long they ran or waited for a processor, which on a full
        machine is what a thread that never rests has most of."""
        used = collections.defaultdict(lambda: [0, 0])
        for pid in [self.process.pid, *self.children]:
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                try:
                    with open(path, encoding="ascii") as stat:
                        ran, waited, _ = stat.read().split()
                    used[pid][0] += int(ran) / 1e9
                    used[pid][1] += (int(ran) + int(waited)) / 1e9
                except (OSError, ValueError):
                    pass
        return used

    def busy(self, patience=REST_PATIENCE_S):
        """The processes that do not come to rest, and the part of the time for which each wants a processor."""
        end = time.monotonic() + patience
        while True:
            before, began = self.processor_seconds(), time.monotonic()
            time.sleep(REST_WINDOW_S)  # the length of the window, not a wait for a condition
            after, lasted = self.processor_seconds(), time.monotonic() - began
            shares = {pid: [(then - now) / lasted for then, now in zip(after[pid], before[pid])] for pid in after if pid in before}
            working = {pid: wanted for pid, (ran, wanted) in shares.items() if ran > RAN_SHARE and wanted > REST_SHARE}
            if not working or time.monotonic() > end:
                return {self.children.get(pid, "up"): round(wanted, 1) for pid, wanted in working.items()}

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """What it says when it ends, and what stands in its log."""
        found = self.faults()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(60)
                found += [f"annal up ended with status {status}"] if status else []
            except subprocess.TimeoutExpired:
                found.append("annal up did not end within 60 s of SIGTERM")
                self.process.kill()
        lines = self.log().splitlines()
        for i, line in enumerate(lines):
            if REPORTS.search(line):
                found.append("in the log:\n  " + "\n  ".join(lines[i:i + 30]))
                break
        found += [f"in the log: {line}" for line in lines if re.match(r"\S+Z error ", line)][:10]
        shutil.rmtree(self.directory, ignore_errors=True)
        return found
