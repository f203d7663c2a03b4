"""count.py prints why a test failed: runs it over the reports of a small project. Prints TAP."""
import os
import subprocess
import sys
import tempfile

count = os.path.join(os.path.dirname(os.path.abspath(__file__)), "count.py")
PROJECT = """project('small')
sh = find_program('sh')
test('one', sh, args: ['-c', 'echo 1..2; echo ok 1 - good; echo not ok 2 - bad; echo "# because of this"; echo "# and that"; exit 1'],
  protocol: 'tap')
test('two', sh, args: ['-c', 'echo 1..1; echo ok 1 - fine; echo "# no reason"'], protocol: 'tap')
test('three', sh, args: ['-c', 'echo 1..2; echo ok 1 - begun; kill -KILL $$'], protocol: 'tap')
"""
with tempfile.TemporaryDirectory(prefix="annal-count-") as directory:
    with open(os.path.join(directory, "meson.build"), "w", encoding="utf-8") as file:
        file.write(PROJECT)
    subprocess.run(["meson", "setup", "build"], cwd=directory, check=True, capture_output=True)
    status = subprocess.run(["meson", "test", "-C", "build"], cwd=directory, capture_output=True).returncode
    counted = subprocess.run([sys.executable, count, str(status), "build/meson-logs/testlog.junit.xml"], cwd=directory,
                             capture_output=True, text=True)
lines = counted.stdout.splitlines()
claims = {
    "a_failed_claim_is_printed_with_its_comments":
        "  not ok 2 - bad\n  # because of this\n  # and that\n" in counted.stdout,
    "what_passed_is_not_explained": "no reason" not in counted.stdout and "two" not in counted.stdout,
    "a_killed_program_is_named_and_counted": any(line.startswith("failed: three") for line in lines)
        and counted.returncode == 1 and lines[-1].split(", ")[1] == "2 failed",
}
print(f"1..{len(claims)}")
for number, (name, holds) in enumerate(claims.items(), 1):
    print(f"{'ok' if holds else 'not ok'} {number} - {name}")
if not all(claims.values()):
    print("\n".join("# " + line for line in lines + counted.stderr.splitlines()))
sys.exit(not all(claims.values()))
