"""What logs, read models and processes look like from outside: rows, processor time, memory, lag, metrics."""
import contextlib
import json
import os
import re
import sqlite3

import rig


# ---- logs and read models ----

def drop_page_cache(directory):
    """The next read of each file under the directory comes from the disk."""
    rig.for_each_file(directory, os.fsync)
    rig.for_each_file(directory, lambda fd: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED))


def read_all(path, query, *values):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return database.execute(query, values).fetchall()
    finally:
        database.close()


def count_rows(data, model):
    return read_all(os.path.join(data, "read", f"{model}.db"), f"SELECT count(*) FROM {model}")[0][0]


def head_of(data):
    """The position of the newest event; 0 if there is no log yet."""
    path = os.path.join(data, "events.db")
    newest = os.path.exists(path) and read_all(
        path, "SELECT position FROM event_log ORDER BY position DESC LIMIT 1")
    return newest[0][0] if newest else 0


def look_at_log(data, after=0):
    """The number of streams that begin after a position, of the events there, and the bytes of their texts."""
    return read_all(os.path.join(data, "events.db"), """
        SELECT count(*) FILTER (WHERE version = 1), count(*),
               coalesce(sum(length(id) + length(data) + length(meta) + length(hash) / 2), 0)
          FROM event_log WHERE position > ?""", after)[0]


# ---- processes ----

def cpu_us(pid):
    """The processor time a process and its children, also ended ones, have used, in microseconds."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:15]))
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        children = file.read().split()
    used_us = ticks * 1e6 / os.sysconf("SC_CLK_TCK")
    for child in children:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            used_us += cpu_us(int(child))
    return used_us


def private_mib(pid):
    """The private memory of a process, or of the child that has most if that is more."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        own = sum(int(kib) for kib in re.findall(r"^Private_(?:Clean|Dirty):\s*(\d+) kB",
                                                 file.read(), re.M)) / 1024
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return max([own, *(private_mib(int(child)) for child in file.read().split())])


def status_of(program, data):
    return json.loads(rig.output_of(program.annal, "status", "--data", data, "--json", accepted=(0, 1)))


def lag_of(program, data, models):
    """The greatest lag of the models in events."""
    return max(model["lag"] for model in status_of(program, data)["models"]
               if model["name"] in models)


def wait_until_caught_up(program, data, models):
    rig.wait_until(lambda: lag_of(program, data, models) == 0, f"{', '.join(models)} caught up")


def metrics_of(data, role):
    """The metrics of a role, from its control socket."""
    said = rig.output_of("curl", "-sf", "--unix-socket", os.path.join(data, "run", f"{role}.sock"),
                         "http://localhost/metrics")
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in said.splitlines() if line and not line.startswith("#")}


def wait_until_relayed(data):
    def are_at_head():
        metrics = metrics_of(data, "commands")
        return all(metrics[f'annal_relay_position{{relay="{relay}"}}'] ==
                   metrics["annal_log_head_position"] for relay in ("log", "events"))
    rig.wait_until(are_at_head, "RabbitMQ has all events")
