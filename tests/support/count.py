"""Adds up the reports of `meson test`: prints the reason of each failure, then "N passed, N failed, N skipped"; exits 1 if
any failed.

count.py STATUS REPORT...: STATUS is the exit status of meson, which is also set by a failed build; a REPORT is a
testlog.junit.xml. meson shows on the terminal only the standard error of a program that prints TAP, so the
failed claims and their comments are printed here, from the testlog.json beside each report.
"""
import json
import os
import sys
import xml.etree.ElementTree as xml

meson_status, paths = int(sys.argv[1]), sys.argv[2:]
passed = failed = skipped = 0


def failed_claims(output):
    """The `not ok` lines, each with the comments that follow it."""
    shown, of_failure = [], False
    for line in output.splitlines():
        of_failure = line.startswith("not ok") or (of_failure and line.startswith("#"))
        if of_failure:
            shown.append(line)
    return shown


def explain(path):
    """Prints the failures; returns the number of programs that failed without a failed claim: killed or timed out."""
    without_claim = 0
    with open(path, encoding="utf-8") as file:
        tests = [json.loads(line) for line in file]
    for test in tests:
        if test["result"] in ("OK", "SKIP", "EXPECTEDFAIL"):
            continue
        claims = failed_claims(test.get("stdout") or "")
        without_claim += not claims
        print(f"\nfailed: {test['name']}: {test['result']}, exit status {test['returncode']}")
        print("\n".join("  " + line for line in claims or ["no claim failed; see testlog.txt beside " + path]))
    return without_claim


for path in paths:
    for suite in xml.parse(path).getroot():
        for case in suite.findall("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
                print(f"skipped: {suite.get('name')}: {case.get('name')}")
            else:
                passed += 1
    failed += explain(os.path.join(os.path.dirname(path), "testlog.json"))
if meson_status != 0 and failed == 0:
    failed = 1
if passed == 0 and failed == 0:
    print("no test was run")
    failed = 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0)
