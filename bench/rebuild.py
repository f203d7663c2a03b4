"""Events per second of `annal rebuild`. The baseline of a model is set-based SQL in the sqlite3 shell, the baseline
of all models together is one after the other."""
import json
import os
import re
import sqlite3
import time

import observe
import rig

EVENTS = 500000

# The fastest settings of SQLite: no journal, no sync except one at the end, a large cache.
PREFACE = """PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY; ATTACH '{log}' AS log; BEGIN;
"""


def write_script(place, model, log):
    with open(os.path.join(rig.BENCH, f"set_based_{model}.sql"), encoding="utf-8") as file:
        sql = file.read()
    path = place.path(f"{model}.sql")
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


def check_same(ours, baseline, table):
    """Raises Failed unless both files have the same rows and indexes."""
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
        if not database.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0]:
            raise rig.Failed(f"{table}: no rows")
    finally:
        database.close()


def rebuild_of(model):
    def setup(place):
        data = place.new_log("data", rig.events(EVENTS))
        events = observe.head_of(data)
        return lambda _: {f"rebuild_{model}": events / place.rebuild(data, model)[0]}
    return setup


def set_based(model):
    """Checks each result against annal's own of the same log."""
    def setup(place):
        data = place.new_log("data", rig.events(EVENTS))
        events = observe.head_of(data)
        script = write_script(place, model, os.path.join(data, "events.db"))
        place.rebuild(data, model)

        def measure(_):
            target = place.path(f"{model}.db")
            seconds = build_set_based(script, target)
            check_same(os.path.join(data, "read", f"{model}.db"), target, model)
            os.unlink(target)
            return {f"rebuild_{model}": events / seconds}
        return measure
    return setup


def all_models(place):
    """The directory of a log, the models of the build, and the events that a rebuild of all applies."""
    data = place.new_log("data", rig.events(EVENTS))
    listed = rig.output_of(place.program.annal, "models", "list", "--data", data, "--json")
    models = [json.loads(line)["name"] for line in listed.splitlines()]
    return data, models, observe.head_of(data) * len(models)


def together(place):
    data, models, events = all_models(place)
    return lambda _: {"rebuild_all": events / place.rebuild(data, *models)[0]}


def one_after_the_other(place):
    data, models, events = all_models(place)

    def measure(_):
        return {"rebuild_all": events / sum(place.rebuild(data, model)[0] for model in models)}
    return measure


ROWS = [rig.Row(f"rebuild_{model}", rebuild_of(model), set_based(model), [
    rig.Figure(f"rebuild_{model}", f"`annal rebuild {model}`", "events/s", "≥ 1.3",
               "set-based SQL in the sqlite3 shell")], needs=("sqlite3",)) for model in ("order_summary", "product_sales")]
ROWS.append(rig.Row("rebuild_all", together, one_after_the_other, [
    rig.Figure("rebuild_all", "`annal rebuild` of all models at once, events × models", "events/s", "≥ 1.6",
               "one after the other")]))
