"""The backup of docs/how-to/backup.md completes during writes, is whole, and can be restored.

backup.py ANNAL ROOT: runs the first ```sh block of the section "Backup" unchanged, while clients send
commands without a pause, over a log of some 10 MB. Prints TAP.
"""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

annal, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PATIENCE_S = 60
CLIENTS = 8
directory = tempfile.mkdtemp(prefix="annal-backup-")
environment = dict(os.environ, PATH=os.path.dirname(annal) + ":" + os.environ["PATH"], ANNAL_BUS="log:",
                   ANNAL_COMMANDS_LISTEN="127.0.0.1:0")
results = []


def documented_backup():
    with open(os.path.join(root, "docs/how-to/backup.md"), encoding="utf-8") as file:
        return re.search(r"^```sh\n(.*?)^```", file.read(), re.M | re.S)[1]


def start(data):
    process = subprocess.Popen([annal, "commands", "--data", data], cwd=directory, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=open(os.path.join(directory, "commands.log"), "ab"))
    ready = process.stdout.readline()
    if not ready.startswith("ready commands "):
        raise SystemExit("Bail out! annal commands did not start: " + ready)
    return process, re.search(r"127\.0\.0\.1:\d+", ready)[0]


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.stdout.close()
    return process.wait(PATIENCE_S)


def create(connection, name, items):
    body = {"customerId": "C-1", "currency": "EUR",
            "items": [{"productId": f"P-{i}", "quantity": 1, "unitPrice": 100} for i in range(items)]}
    connection.request("POST", f"/commands/order/{name}/create", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise RuntimeError(f"{name}: {answer.status}")


def write(address, client, orders, items, ended):
    connection = http.client.HTTPConnection(address)
    while not ended.is_set() and (orders is None or orders > 0):
        create(connection, f"O-{client}-{written[client]}", items)
        written[client] += 1
        orders = None if orders is None else orders - 1
    connection.close()


def in_threads(address, orders, items, ended):
    threads = [threading.Thread(target=write, args=(address, i, orders, items, ended)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    return threads


def head(data):
    status = subprocess.run([annal, "status", "--json", "--data", data], cwd=directory, env=environment, text=True,
                            stdout=subprocess.PIPE)
    return json.loads(status.stdout)["head"]


written, ended = [0] * CLIENTS, threading.Event()
commands, address = start("data")
try:
    for thread in in_threads(address, 40, 60, ended):
        thread.join()
    before, threads = head("data"), in_threads(address, None, 1, ended)
    try:
        done = subprocess.run(["sh", "-ec", documented_backup()], cwd=directory, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S)
        faults = [] if done.returncode == 0 and "The log is whole" in done.stdout else [done.stdout]
    except subprocess.TimeoutExpired:
        faults = [f"it did not end within {PATIENCE_S} s"]
    results.append(("the_documented_backup_ends_under_writes_and_is_whole", faults))
    ended.set()
    for thread in threads:
        thread.join()
    after = head("data")
finally:
    ended.set()
    stop(commands)
if not faults:
    shutil.copytree(os.path.join(directory, "backup"), os.path.join(directory, "restored"))
    copied = head("restored")
    faults = [] if before <= copied <= after and after > before else [f"{before} before, {copied} copied, {after} after"]
    commands, address = start("restored")
    create(http.client.HTTPConnection(address), "after-restoring", 1)
    stop(commands)
    if head("restored") <= copied:
        faults.append("nothing was appended to it")
    results.append(("a_restored_backup_takes_commands", faults))
shutil.rmtree(directory, ignore_errors=True)
print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print("\n".join("# " + line for line in fault.splitlines()))
sys.exit(any(faults for _, faults in results))
