"""Commands over HTTP: how many a second, their latency, and the processor time of commands and live projection."""
import os
import time

import load
import observe
import rig

MODEL = "order_summary"
GROWN_EVENTS = 2500000  # of a million orders
RANDOM_IDS = "random ids, 64 connections"


def check_log(data, commands, in_flight, before, per_stream=(2.4, 2.6)):
    """Checks that every answered command is stored with its events; returns the bytes of texts per event."""
    streams, events, size = observe.look_at_log(data, before)
    least, most = per_stream
    if not commands <= streams <= commands + in_flight or not least <= events / streams <= most:
        raise rig.Failed(f"{commands} commands were answered, but {data} has {streams} new streams "
                         f"and {events} new events")
    return size / events


def measure_on(place, data, pair, follower=None, connections=rig.CONNECTIONS):
    """`order create` on the log in `data`, which may not exist yet. Returns the report of wrk, with the bytes per event
    and the processor time per event of the model that follows and how long it needed to catch up."""
    before = observe.head_of(data)
    process, url = place.start_role("commands", data)
    worker = place.start_role("projector", data, follower)[0] if follower else None
    begin_us = observe.cpu_us(worker.pid) if follower else 0
    report = load.wrk(process, url, "commands.lua", "create", pair, duration=rig.seconds(5),
                      connections=connections)
    if follower:
        end = time.monotonic()
        observe.wait_until_caught_up(place.program, data, [follower])
        report["behind_us"] = (time.monotonic() - end) * 1e6
        report["projection_us"] = (observe.cpu_us(worker.pid) - begin_us) / (observe.head_of(data) - before)
        place.end(worker)
        if observe.count_rows(data, follower) < report["requests"]:
            raise rig.Failed(f"{follower} has fewer rows than orders were answered")
    place.end(process)
    report["bytes_per_event"] = check_log(data, report["requests"], connections, before)
    return report


# ---- setups ----

def bare(place):
    """The frozen yardstick."""
    def measure(pair):
        data = place.new_directory("data")
        process, url = place.start_server("bare", rig.TOOLS.bench("bare_commands"), data,
                                          os.path.join(rig.BENCH, "bare_schema.sql"))
        report = load.wrk(process, url, "commands.lua", "create", pair, duration=rig.seconds(5))
        place.end(process)
        return {"commands": report["per_second"], "cpu_us": report["cpu_us"],
                "bytes_per_event": check_log(data, report["requests"], rig.CONNECTIONS, 0)}
    return measure


def new_log(*names):
    """The rate on a new log, as the figures named."""
    def setup(place):
        def measure(pair):
            report = measure_on(place, place.new_directory("data"), pair)
            return {**dict.fromkeys(names, report["per_second"]),
                    "cpu_us": report["cpu_us"], "bytes_per_event": report["bytes_per_event"]}
        return measure
    return setup


def grown(place):
    def measure(pair):
        data = place.new_log("data", rig.events(GROWN_EVENTS), "created")
        warm = measure_on(place, data, pair)
        data = place.new_log("data", rig.events(GROWN_EVENTS), "created")
        observe.drop_page_cache(data)
        cold = measure_on(place, data, pair)
        return {"commands_grown": warm["per_second"], "commands_grown_cold": cold["per_second"]}
    return measure


def followed(place):
    def measure(pair):
        report = measure_on(place, place.new_directory("data"), pair, MODEL)
        return {"commands_followed": report["per_second"], "cpu_us": report["cpu_us"],
                "projection_us": report["projection_us"]}
    return measure


def cpu(place):
    def measure(pair):
        alone = measure_on(place, place.new_directory("data"), pair)
        beside = measure_on(place, place.new_directory("data"), pair, MODEL)
        return {"cpu_command": alone["cpu_us"], "cpu_projection": beside["projection_us"]}
    return measure


def measure_latency(place, rate, connections, pair):
    """Commands at a fixed rate on a new log."""
    data = place.new_directory("data")
    process, url = place.start_role("commands", data)
    report = load.open_loop("creates", rate, rig.seconds(5), connections, pair, url, 1)
    place.end(process)
    check_log(data, report["requests"], 0, 0, (2, 2))
    return report


def greatest_rate(place, connections):
    return measure_on(place, place.new_directory("data"), 0, connections=connections)["per_second"]


def latency(place):
    most = greatest_rate(place, rig.CONNECTIONS)

    def measure(pair):
        report = measure_latency(place, most / 2, rig.CONNECTIONS, pair)
        return {"latency": report["p99_ms"], "latency_p999": report["p999_ms"]}
    return measure


LOADS = [(connections, percent) for connections in (1, 16, 64, 256) for percent in (25, 50, 75)]


def sweep_latency(place):
    most = {connections: greatest_rate(place, connections) for connections, _ in LOADS}

    def measure(pair):
        values = {}
        for connections, percent in LOADS:
            report = measure_latency(place, most[connections] * percent / 100, connections, pair)
            for name in ("p50", "p99", "p999"):
                values[f"sweep_latency_{connections}_{percent}_{name}"] = report[name + "_ms"]
        return values
    return measure


ROWS = [
    rig.Row("commands", new_log("commands"), bare, [
        rig.Figure("commands", f"durable `order create`, new log, {RANDOM_IDS}", "commands/s", "≥ 1.0",
                   "`bare_commands`")],
            needs=("wrk",), same=("bytes_per_event",)),
    rig.Row("commands_grown", grown, new_log("commands_grown", "commands_grown_cold"), [
        rig.Figure("commands_grown", "the same with 10⁶ streams in the log", "commands/s", "≥ 0.8", "a new log"),
        rig.Figure("commands_grown_cold", "the same after the page cache of the log was dropped",
                   "commands/s", "≥ 0.8", "a new log")], needs=("wrk",)),
    rig.Row("commands_followed", followed, new_log("commands_followed"), [
        rig.Figure("commands_followed", f"the same with `{MODEL}` following over `log:`", "commands/s", "≥ 0.75",
                   "without")], needs=("wrk",)),
    rig.Row("cpu", cpu, None, [
        rig.Figure("cpu_command", "processor time per command, new log", "µs", "≤ 30"),
        rig.Figure("cpu_projection", f"processor time per event of `{MODEL}` following at full load",
                   "µs", "≤ 8")], needs=("wrk",)),
    rig.Row("latency", latency, None, [
        rig.Figure("latency", "p99 of commands at half the maximum rate, open loop, 64 connections",
                   "ms", "≤ 10 ms"),
        rig.Figure("latency_p999", "their p99.9", "ms")], needs=("wrk",)),
    rig.Row("sweep_latency", sweep_latency, None, [
        rig.Figure(f"sweep_latency_{connections}_{percent}_{name}",
                   f"{name.replace('999', '99.9')} of commands at {percent} % of the maximum rate of "
                   f"{connections} connection{'s' * (connections > 1)}", "ms")
        for connections, percent in LOADS for name in ("p50", "p99", "p999")],
            needs=("wrk",), default=False),
]
