#!/usr/bin/env python3
"""Events per second of `annal rebuild`; the baseline is set-based SQL in the sqlite3 shell."""
import os
import re
import sqlite3
import time

import rig

MODELS = ("order_summary", "product_sales")
EVENTS = int(os.environ.get("BENCH_EVENTS", 500000))

# The fastest settings of SQLite: no journal, no sync except one at the end, a large cache.
PREFACE = """PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY; ATTACH '{log}' AS log; BEGIN;
"""


def write_script(workplace, model, log):
    with open(os.path.join(rig.BENCH, f"set_based_{model}.sql"), encoding="utf-8") as file:
        sql = file.read()
    path = workplace.path(f"{model}.sql")
    with open(path, "w", encoding="utf-8") as out:
        out.write(PREFACE.format(log=log) + sql + "COMMIT;\n")
    return path


def build_set_based(script, target):
    """Returns the seconds; the result is durable at the end, like a generation of annal."""
    begin = time.monotonic()
    rig.output_of("sqlite3", "-bail", target, f".read {script}")
    with open(target, "rb") as file:
        os.fsync(file.fileno())
    return time.monotonic() - begin


def indexes_of(database, schema, table):
    return {re.sub(r"\s+", " ", row[0]) for row in database.execute(
        f"SELECT sql FROM {schema}.sqlite_schema WHERE type = 'index' AND tbl_name = ? "
        "AND sql IS NOT NULL", (table,))}


def compare(ours, baseline, table):
    """Raises Failed unless both files have the same rows and indexes; returns the number of rows."""
    database = sqlite3.connect(f"file:{ours}?mode=ro", uri=True)
    try:
        database.execute("ATTACH ? AS baseline", (baseline,))
        for first, second in (("main", "baseline"), ("baseline", "main")):
            odd = database.execute(f"SELECT * FROM {first}.{table} EXCEPT "
                                   f"SELECT * FROM {second}.{table} LIMIT 1").fetchone()
            if odd:
                raise rig.Failed(f"{table}: this row is in {first} only: {odd}")
        if indexes_of(database, "main", table) != indexes_of(database, "baseline", table):
            raise rig.Failed(f"{table}: the indexes differ")
        return database.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0]
    finally:
        database.close()


def run(workplace):
    rig.need("sqlite3")
    data = workplace.new_directory("data")
    made = rig.output_of(os.path.join(rig.BUILD, "bench", "make_log"), data, str(EVENTS))
    events = int(made.split()[0])
    print(f"a log of {made.strip()}")
    for model in MODELS:
        script = write_script(workplace, model, os.path.join(data, "events.db"))

        def measure_annal(_):
            return events / rig.timed(rig.ANNAL, "rebuild", model, "--data", data,
                                      "--log-level", "warning")

        def measure_shell(pair):
            target = workplace.path(f"{model}-{pair}.db")
            per_second = events / build_set_based(script, target)
            rows = compare(os.path.join(data, "read", f"{model}.db"), target, model)
            if pair == 0:
                print(f"  {model}: {rows} rows, the same in both")
            os.unlink(target)
            return per_second

        figures = rig.in_turn(measure_annal, measure_shell, pairs=5)
        rig.print_row(f"rebuild `{model}`", figures, 1.0, "events/s")


rig.main("rebuild", run)
