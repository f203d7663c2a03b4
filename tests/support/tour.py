"""Runs the commands that a document shows, and compares the shown output with the real one.

tour.py DOCUMENT ANNAL ROOT [--write]: in blocks marked ```console a line "$ command" is run, with the
lines indented by four spaces that follow it, and the lines up to the next one are what it prints. Ids,
hashes, times, durations, the id of the log and the positions in a saga's history are not compared. A block marked ```sh of which a line
starts annal in the background (`./run.sh &`, `build/NAME up ... &`) is run as well: `export NAME=VALUE` lines hold for all that follows,
ANNAL_DATA among them, `kill %1; wait` stops annal, other lines are commands. `<!-- tour: sh COMMAND -->` runs a command that is shown
elsewhere. --write puts the real output into the document instead. Prints TAP. Needs a broker, ANNAL_TEST_BROKER, unless the document names the bus.

The commands run in a temporary directory that has build/annal (or the program of that name) and examples, as the reader has them; `annal up` stands for ./run.sh; the addresses localhost:8080 and :8081 are replaced by addresses with free ports.
"""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

document, annal, root = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
writing = "--write" in sys.argv
name = os.path.splitext(os.path.basename(document))[0].lower().replace("-", "_")
PATIENCE_S = 60

UNSTABLE = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"\b[0-9a-f]{64}\b", "<hash>"),
    (r"\b[0-9a-f]{32}\b", "<trace>"),
    (r'"[0-9a-f]{16}"', "<etag>"),
    (r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?Z?)?", "<time>"),
    (r"Date: .*", "<date>"),
    (r"(accepted,| of \S+/\S+ at) position \d+", r"\1 position <position>"),
    (r'("\w+At"):\d+', r"\1:<position>"),
    (r"in (less than )?[\d.]+ s(, \d+/s)?", "in <duration>"),
    (r"[ \t]+$", ""),
]


def stable(text):
    for pattern, instead in UNSTABLE:
        text = re.sub(pattern, instead, text, flags=re.M)
    return text


class Instance:
    """annal up, started as often as the document says."""

    def __init__(self, directory):
        self.directory, self.process, self.addresses = directory, None, {}

    def up(self, options, variables):
        if self.process:
            raise SystemExit("the document starts annal while it runs")
        if "ANNAL_DATA" not in variables:
            raise SystemExit("the document starts annal without setting its data directory: export ANNAL_DATA=$(mktemp -d)")
        bus = {} if "--bus" in options else {"ANNAL_BUS": f"{os.environ['ANNAL_TEST_BROKER']}/t-tour_{name}"}
        environment = dict(os.environ, ANNAL_COMMANDS_LISTEN="127.0.0.1:0", ANNAL_QUERIES_LISTEN="127.0.0.1:0", **bus,
                           **variables)
        self.log = open(os.path.join(self.directory, "up.log"), "ab")
        self.process = subprocess.Popen([annal, "up", *options], cwd=self.directory, env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=self.log)
        for line in self.process.stdout:
            if line.startswith("ready up "):
                ports = dict(re.findall(r"(commands|queries)=http://127\.0\.0\.1:(\d+)", line))
                self.addresses = {"localhost:8080": "localhost:" + ports["commands"],
                                  "localhost:8081": "localhost:" + ports["queries"]}
                return
        raise SystemExit("annal up ended; see its log:\n" + open(self.log.name).read())

    def down(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.stdout.close()
            self.process.wait(PATIENCE_S)
            self.process = None

    def run(self, command, variables):
        """What the command prints on a terminal."""
        for shown, real in self.addresses.items():
            command = command.replace(shown, real)
        ours, theirs = pty.openpty()
        process = subprocess.Popen(["bash", "-c", command], cwd=self.directory, stdin=subprocess.DEVNULL,
                                   stdout=theirs, stderr=theirs, start_new_session=True,
                                   env=dict(os.environ, JQ_COLORS="", TERM="dumb", **variables))
        os.close(theirs)
        printed, deadline = b"", time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            printed += piece
        else:
            process.kill()
        process.wait()
        os.close(ours)
        text = printed.decode().replace("\r\n", "\n")
        text = re.sub(r"^.*\r\x1b\[K", "", text, flags=re.M)  # a progress bar that was drawn over
        text = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", text).replace("\r", "")
        for shown, real in self.addresses.items():
            text = text.replace(real, shown)
        return text.rstrip("\n")


START = re.compile(r"(?:\./run\.sh|build/\w+ up)((?: \S+)*?) &(?:\s+#.*)?")


def parse_shell(line):
    """A line of a block that starts annal."""
    start = START.fullmatch(line)
    if start:
        return ("up", start[1].split())
    if line.startswith("kill %1"):
        return ("down",)
    return ("export" if line.startswith("export ") else "prepare", line)


def parse(text):
    """Steps: ("up", options), ("down",), ("export", line), ("prepare", command), ("run", command, shown) and
    ("text", line), in order."""
    steps, console, lines = [], False, text.split("\n")
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            console = line == "```console"
        prepare = re.fullmatch(r"<!-- tour: sh (.*) -->", line)
        block = lines[:lines.index("```")] if line == "```sh" else []
        if any(START.fullmatch(each) for each in block):
            steps += [("text", each) for each in [line, *block]] + [parse_shell(each) for each in block]
            del lines[:len(block)]
        elif prepare:
            steps += [("text", line), ("prepare", prepare[1])]
        elif console and line.startswith("$ "):
            command = [line]
            while lines[0].startswith("    "):
                command.append(lines.pop(0))
            shown = []
            while lines[0] != "```" and not lines[0].startswith("$ "):
                shown.append(lines.pop(0))
            steps.append(("run", "\n".join(command), "\n".join(shown)))
        else:
            steps.append(("text", line))
    return steps


def export(line, variables, directory):
    """The variables with those that the line exports."""
    names = re.findall(r"(\w+)=", line)
    script = line + "\nprintf '%s\\0' " + " ".join(f'"${each}"' for each in names)
    values = subprocess.run(["bash", "-ec", script], cwd=directory, env=dict(os.environ, TMPDIR=directory, **variables),
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    return dict(variables, **dict(zip(names, values)))


def holds(instance, command, shown, variables):
    """Repeats a read that may come too early: read models and sagas follow the log."""
    reads = "localhost:8081" in command or " status" in command or " sagas " in command
    if writing and reads:
        time.sleep(1)
    printed, deadline = instance.run(command[2:], variables), time.monotonic() + 10
    while reads and not writing and stable(printed) != stable(shown) and time.monotonic() < deadline:
        time.sleep(0.2)
        printed = instance.run(command[2:], variables)
    return printed


with open(document, encoding="utf-8") as file:
    steps = parse(file.read())
if "ANNAL_TEST_BROKER" not in os.environ and any(step[0] == "up" and "--bus" not in step[1] for step in steps):
    print("1..0 # SKIP no broker: ANNAL_TEST_BROKER is not set")
    raise SystemExit(0)
directory = tempfile.mkdtemp(prefix="annal-tour-")
os.mkdir(os.path.join(directory, "build"))
os.symlink(annal, os.path.join(directory, "build", os.path.basename(annal)))
shutil.copytree(os.path.join(root, "examples"), os.path.join(directory, "examples"))
instance, out, faults, variables = Instance(directory), [], [], {}
try:
    for step in steps:
        if step[0] == "up":
            instance.up(step[1], variables)
        elif step[0] == "down":
            instance.down()
        elif step[0] == "export":
            variables = export(step[1], variables, directory)
        elif step[0] == "prepare":
            subprocess.run(["sh", "-c", step[1]], cwd=directory, check=True)
        elif step[0] == "text":
            out.append(step[1])
        else:
            printed = holds(instance, step[1], step[2], variables)
            out.append(step[1] + ("\n" + printed if printed else ""))
            if stable(printed) != stable(step[2]):
                faults += [step[1], "printed:"] + stable(printed).split("\n") + ["shown:"] + stable(step[2]).split("\n")
finally:
    instance.down()
    if not faults or writing:
        shutil.rmtree(directory)
if writing:
    with open(document, "w", encoding="utf-8") as file:
        file.write("\n".join(out))
print("1..1")
print(f"{'not ok' if faults and not writing else 'ok'} 1 - {name}_shows_what_its_commands_print")
for fault in faults:
    print(f"# {fault}")
sys.exit(1 if faults and not writing else 0)
