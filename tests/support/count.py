"""Adds up meson's JUnit reports: prints "N passed, N failed, N skipped" and exits 1 if any failed.

count.py STATUS REPORT...: STATUS is meson's own, which tells what no report does (a build that failed).
"""
import sys
import xml.etree.ElementTree as xml

meson_status, paths = int(sys.argv[1]), sys.argv[2:]
passed = failed = skipped = 0
for suite in (suite for path in paths for suite in xml.parse(path).getroot()):
    cases = suite.findall("testcase")
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
            print(f"skipped: {suite.get('name')}: {case.get('name')}")
        else:
            passed += 1
if meson_status != 0 and failed == 0:
    failed = 1
if passed == 0 and failed == 0:
    print("no test was run")
    failed = 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0)
