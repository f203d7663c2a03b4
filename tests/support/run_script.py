"""./run.sh starts, rejects a second run on its data, and rejects a port that is in use.

run_script.py ANNAL ROOT: runs the script of ROOT over a copy of its tree in which build/annal is ANNAL and
ninja does nothing. RabbitMQ is a real one, started by the script in a mount namespace whose /etc/hosts has no
`localhost`, where the system permits that. Prints TAP.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

annal, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PATIENCE_S = 120
directory = tempfile.mkdtemp(prefix="annal-run-")
results = []


def claim(name, faults):
    results.append((name, faults))


def lay_out():
    """A copy of the tree by symbolic links, with a separate build folder and a ninja that does nothing."""
    for name in os.listdir(root):
        if not name.startswith(("build", ".", "data")):
            os.symlink(os.path.join(root, name), os.path.join(directory, name))
    for folder in ("build", "bin"):
        os.mkdir(os.path.join(directory, folder))
    open(os.path.join(directory, "build/build.ninja"), "w").close()
    os.symlink(annal, os.path.join(directory, "build/annal"))
    with open(os.path.join(directory, "bin/ninja"), "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(file.name, 0o755)


def environment(data, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANNAL_")}
    ours = {"PATH": os.path.join(directory, "bin") + ":" + kept["PATH"], "ANNAL_DATA": data,
            "ANNAL_COMMANDS_LISTEN": "127.0.0.1:0", "ANNAL_QUERIES_LISTEN": "127.0.0.1:0"}
    return dict(kept, **dict(ours, **variables))


def without_localhost():
    """The prefix of a command in a mount namespace whose /etc/hosts has no localhost; [] if that is not permitted."""
    hosts = os.path.join(directory, "hosts")
    with open(hosts, "w") as file:
        file.write("127.0.1.1 bare\n")
    words = ["unshare", "--mount", "sh", "-c", f"mount --bind {hosts} /etc/hosts && exec \"$@\"", "sh"]
    return words if subprocess.run(words + ["true"], capture_output=True).returncode == 0 else []


def run_to_its_end(data, **variables):
    """(status, output) of a run that must not start."""
    done = subprocess.run(["./run.sh"], cwd=directory, env=environment(data, **variables), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S)
    return done.returncode, done.stdout


def wait_until_it_runs(run):
    printed = ""
    for line in run.stdout:
        printed += line
        if line.startswith("  data "):
            return printed
    raise SystemExit("Bail out! run.sh did not start:\n" + printed)


def broker_pid(data):
    return subprocess.run(["deploy/private-broker.sh", "pid", data + "/rabbitmq"], cwd=root, capture_output=True,
                          text=True).stdout.strip()


def check_second_run(data, first):
    before = broker_pid(data)
    status, printed = run_to_its_end(data)
    faults = [] if status == 1 else [f"exit status {status}"]
    if f"{data} is in use by another ./run.sh (pid " not in printed:
        faults.append("it printed: " + printed)
    if not before or broker_pid(data) != before or first.poll() is not None:
        faults.append(f"RabbitMQ was {before} and is {broker_pid(data)}; the first run: {first.poll()}")
    claim("a_second_run_on_the_same_data_names_the_first_and_leaves_its_broker_alone", faults)


def check_taken_port():
    data = os.path.join(directory, "other")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, printed = run_to_its_end(data, ANNAL_COMMANDS_LISTEN=address)
    faults = [] if status == 1 and address + ": Address already in use" in printed else [printed]
    if os.path.exists(data + "/rabbitmq"):
        faults.append("RabbitMQ was started first")
    claim("a_port_that_is_taken_is_reported_before_rabbitmq_starts", faults)


def check_failed_broker():
    """A node that cannot start, because a file has the name of its data directory."""
    data = os.path.join(directory, "broken")
    os.makedirs(data + "/rabbitmq")
    open(data + "/rabbitmq/data", "w").close()
    status, printed = run_to_its_end(data)
    lines = [line for line in printed.splitlines() if "private-broker" in line or "mkdir" in line]
    faults = [] if status == 1 and len(lines) == 1 and "ANNAL_BUS=log:" in printed and "annal runs" not in printed else [printed]
    claim("a_broker_that_does_not_start_ends_the_run_with_one_line_and_no_silent_fallback", faults)


def stop(run):
    run.send_signal(signal.SIGTERM)
    run.stdout.close()
    return run.wait(PATIENCE_S)


lay_out()
data, prefix = os.path.join(directory, "data"), without_localhost()
first = subprocess.Popen(prefix + ["./run.sh"], cwd=directory, env=environment(data), text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
try:
    wait_until_it_runs(first)
    check_second_run(data, first)
    check_taken_port()
    check_failed_broker()
finally:
    stop(first)
claim("a_run_stops_its_broker_even_without_a_reader_of_its_output", [broker_pid(data)] if broker_pid(data) else [])
claim("rabbitmq_starts_where_etc_hosts_has_no_localhost", None if not prefix else [])
shutil.rmtree(directory, ignore_errors=True)
print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}" + (" # SKIP mount namespaces are not permitted" if faults is None else ""))
    for fault in faults or []:
        print("\n".join("# " + line for line in fault.splitlines()))
sys.exit(1 if any(faults for _, faults in results) else 0)
