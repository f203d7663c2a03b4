"""bench/run.sh: arguments, and what a short row prints. No time is asserted. Prints TAP.

bench_run.py BUILD ROOT
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

build, root = sys.argv[1:3]
SHORT = {"BENCH_BUILD": build, "BENCH_PAIRS": "1", "BENCH_SECONDS": "0.1", "BENCH_EVENTS": "200"}
MEMBERS = ["row", "annal", "baseline", "ratio", "wanted", "unit", "spread"]


def run(*arguments, **variables):
    return subprocess.run([os.path.join(root, "bench", "run.sh"), *arguments], capture_output=True, text=True,
                          env={**os.environ, **SHORT, **variables}, check=False)


def fails(said, status, text):
    return said.returncode == status and said.stdout == "" and said.stderr == f"run.sh: {text}\n"


def lists_each_row_once():
    said = run("--list")
    names = [line.split()[0] for line in said.stdout.splitlines()]
    targets = {"commands", "commands_grown", "commands_followed", "queries", "rebuild_order_summary",
               "rebuild_product_sales", "rebuild_all", "visible", "fanout", "fulfilments", "latency", "cpu"}
    return said.returncode == 0 and targets <= set(names) and len(names) == len(set(names))


def rejects_wrong_arguments():
    return (fails(run("comands"), 2, "no row comands; bench/run.sh --list prints the rows")
            and fails(run("--jso", "x"), 2, "unrecognized arguments: --jso")
            and fails(run("--json", "/absent/rows.json"), 2, "--json: /absent/rows.json: No such file or directory")
            and fails(run("validate", BENCH_PAIRS="few"), 2, "BENCH_PAIRS=few is not a positive number")
            and fails(run("--document", "--compare", "HEAD"), 2, "--document does not go with --compare"))


def measures(directory, *rows, **variables):
    path = os.path.join(directory, rows[0] + ".json")
    said = run("--json", path, *rows, **variables)
    with open(path, encoding="utf-8") as file:
        return said, json.load(file)


def writes_a_table_and_json(directory):
    said, rows = measures(directory, "rebuild_order_summary", "aggregate")
    by_name = {row["row"]: row for row in rows}
    compared, alone = by_name["rebuild_order_summary"], by_name["aggregate"]
    lines = [line for line in said.stdout.splitlines() if line.startswith("| `")]
    return (said.returncode == 0 and len(lines) == len(rows)
            and all(list(row) == MEMBERS and line.startswith(f"| `{row['row']}` ")
                    for row, line in zip(rows, lines))
            and compared["ratio"] == compared["annal"] / compared["baseline"]
            and compared["spread"] == [compared["ratio"]] * 2 and compared["wanted"] == "≥ 1.3"
            and alone["baseline"] is None and alone["ratio"] is None
            and alone["spread"] == [alone["annal"]] * 2 and alone["unit"] == "ms")


def measures_the_rows_after_one_that_fails(directory):
    """nginx and wrk, which `queries` needs, are not on this PATH."""
    programs = os.path.join(directory, "bin")
    os.mkdir(programs)
    for name in ("python3", "dirname", "dpkg-query", "git"):
        os.symlink(shutil.which(name), os.path.join(programs, name))
    said, rows = measures(directory, "queries", "validate", PATH=programs)
    return (said.returncode == 1 and [row["row"] for row in rows] == ["validate"]
            and "run.sh: queries: not installed: wrk, nginx" in said.stderr)


with tempfile.TemporaryDirectory(prefix="annal-bench-") as scratch, ThreadPoolExecutor() as threads:
    claims = {"list_prints_each_row_once": threads.submit(lists_each_row_once),
              "a_wrong_argument_is_rejected_before_anything_runs": threads.submit(rejects_wrong_arguments),
              "a_row_is_printed_and_written_as_json": threads.submit(writes_a_table_and_json, scratch),
              "rows_after_one_that_fails_are_measured":
                  threads.submit(measures_the_rows_after_one_that_fails, scratch)}
    results = {claim: future.result() for claim, future in claims.items()}
print(f"1..{len(results)}")
for number, (claim, good) in enumerate(results.items(), 1):
    print(f"{'ok' if good else 'not ok'} {number} - {claim}")
sys.exit(not all(results.values()))
