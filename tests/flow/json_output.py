"""Every task that has --json prints JSON objects, one per line: json_output.py ANNAL ROOT.

Runs each task over one data directory and checks each line that it prints: a JSON object, its member names in
snake_case, and each of them named in the table of docs/reference/options.md. Free content (an event, the facts of a
saga) is not checked. Prints TAP.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

annal, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PATIENCE_S = 60
FREE = {"facts", "event"}
directory = tempfile.mkdtemp(prefix="annal-json-")
environment = dict(os.environ, ANNAL_BUS="log:", ANNAL_DATA=os.path.join(directory, "data"), ANNAL_MODELS="models")
# Deliveries cannot be applied before a loan was opened.
DELIVERIES = """-- schema
CREATE TABLE loan (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE delivery (id TEXT PRIMARY KEY, loan TEXT NOT NULL) STRICT;
-- on shelf.stocked.v1
INSERT INTO delivery VALUES (:id, (SELECT max(id) FROM loan));
-- on loan.opened.v1
INSERT INTO loan VALUES (:id);
"""
LOAN = {"category": "loan", "id": "L-1", "command": "open", "data": {
    "memberId": "M-1", "branch": "CPH", "request": True, "books": [{"bookId": "B-1", "copies": 1}]}}
faults, covered = [], set()


def write(name, content):
    path = os.path.join(directory, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def run(*words):
    return subprocess.run([annal, *words], cwd=directory, env=environment, text=True, capture_output=True,
                          timeout=PATIENCE_S)


def documented():
    """The members of each task, from the table."""
    with open(os.path.join(root, "docs/reference/options.md"), encoding="utf-8") as file:
        section = file.read().split("## What `--json` prints")[1]
    found = {}
    for task, members in re.findall(r"^\| `annal ([^`]+)` \| [^|]* \| (.*) \|$", section, re.M):
        found[task] = set(re.findall(r"`([^`]+)`", members))
        if members.startswith("as in the list"):
            found[task] |= found[task.split()[0] + " list"]
    return found


def names_in(value):
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            if name not in FREE:
                yield from names_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)


def check(task, *arguments, status=0, lines=None):
    """Runs a task of the table with further arguments; it must print `lines` lines."""
    covered.add(task)
    done = run(*task.split(), *arguments, "--json")
    printed = done.stdout.splitlines()
    if done.returncode != status:
        faults.append(f"{task}: exit status {done.returncode}: {done.stderr.strip()} {done.stdout.strip()}")
    if (len(printed) != lines) if lines is not None else not printed:
        faults.append(f"{task}: {len(printed)} lines: {done.stdout}")
    for line in printed:
        check_line(task, line)


def check_line(task, line):
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        faults.append(f"{task}: not a JSON object: {line}")
    elif task != "events":  # a CloudEvent, whose names its standard gives
        for name in names_in(value):
            if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
                faults.append(f"{task}: {name} is not snake_case")
        for name in set(value) - rows.get(task, set()):
            faults.append(f"{task}: docs/reference/options.md does not name the member {name}")


def parked(lines):
    for _ in range(PATIENCE_S * 10):
        done = run("dead-letters", "list", "deliveries", "--json")
        if len(done.stdout.splitlines()) == lines:
            return
        try:
            annals.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise SystemExit(f"Bail out! {lines} streams are not parked: {done.stdout} {done.stderr}")


rows = documented()
write("models/deliveries.sql", DELIVERIES)
write("wrong.sql", "-- schema\n")
write("commands.ndjson", "".join(
    json.dumps({"category": "shelf", "id": f"B-{i}", "command": "stock", "data": {"copies": 5}}) + "\n"
    for i in (1, 2)))
write("loan.ndjson", json.dumps(LOAN) + "\n")
write("old/events/parcel.sent.v1.json", '{"type": "object", "properties": {"to": {"type": "string"}}}')
write("new/events/parcel.sent.v1.json", '{"type": "object", "properties": {"to": {"type": "integer"}}}')
write("bad.json", "{}")
annals = subprocess.Popen(
    [annal, "up", "--sagas", "--commands-listen", "127.0.0.1:0", "--queries-listen", "127.0.0.1:0"], cwd=directory,
    env=environment, text=True, stdout=subprocess.PIPE, stderr=open(os.path.join(directory, "up.log"), "w", encoding="utf-8"))
try:
    address = ""
    for line in annals.stdout:
        address = address or (re.search(r"commands?\b.*?(127\.0\.0\.1:\d+)", line) or [None, ""])[1]
        if line.startswith("ready up"):
            break
    to = ("--to", "http://" + address)
    check("send", "commands.ndjson", "--in-flight", "1", *to, lines=1)  # B-1 at position 1
    parked(2)
    check("dead-letters list", lines=2)
    check("dead-letters show", "deliveries", "shelf/B-1", lines=1)
    check("send", "loan.ndjson", *to, lines=1)
    for _ in range(PATIENCE_S * 10):
        if run("sagas", "show", "L-1", "--json").returncode == 0:
            break
    check("sagas list", "all", lines=1)
    check("sagas show", "L-1", lines=1)
    check("sagas abandon", "L-1", "a test", lines=1)
    check("dead-letters skip", "deliveries", "shelf/B-1", "1", "--reason", "a test", lines=1)
    check("dead-letters retry", "deliveries", lines=1)
    check("dead-letters list", lines=1)
    check("rebuild", "deliveries", "shelves", lines=2)
    check("models list")
    check("models lint", "models/deliveries.sql", "wrong.sql", status=1, lines=2)
    check("models prune", "deliveries", "shelves", lines=2)
    check("check", "shelves", "deliveries", lines=2)
    check("status", status=1, lines=1)  # the rebuild has parked a delivery again
    check("verify", lines=1)
    check("events", lines=None)
    check("schema list")
    check("schema validate", "bad.json", "none.json", "--schema", "loan.cancel", status=1, lines=2)
    check("schema check", "old", "new", status=1)
    check("schema consumers")
finally:
    annals.send_signal(signal.SIGTERM)
    annals.communicate(timeout=PATIENCE_S)

tasks = re.findall(r"^  ([a-z][a-z-]*) ", run("help").stdout.split("Tasks:")[1], re.M)
with_json = {task for task in tasks if re.search(r"^  --json\b", run(task, "--help").stdout, re.M)}
actions = {f"{task} {action}" for task in with_json
           for action in re.findall(rf"^  {os.path.basename(annal)} {task} \[?([a-z]+)", run(task, "--help").stdout, re.M)}
expected = {task for task in with_json if not any(action.startswith(task + " ") for action in actions)} | actions
left = expected - covered - {"sagas resume"}  # as abandon, and needs a stuck saga
claims = {
    "every_task_prints_json_objects_one_per_line_with_documented_snake_case_members": faults,
    "every_task_with_json_is_run": sorted(left),
    "every_task_of_the_table_exists": sorted(set(rows) - expected),
    "every_task_is_in_the_table": sorted(expected - set(rows)),
}
print(f"1..{len(claims)}")
for number, (name, found) in enumerate(claims.items(), 1):
    print(f"{'not ok' if found else 'ok'} {number} - {name}")
    for fault in found:
        print("#   " + fault.replace("\n", " "))
shutil.rmtree(directory, ignore_errors=True)
sys.exit(any(claims.values()))
