#!/usr/bin/env python3
"""The 99th percentile of point queries' latency, with and without eight slow reads beside them."""
import json
import os
import subprocess

import rig

EVENTS = 200000
ORDERS = 1000
SLOW = 8
RATES = (2000, 5000, 10000)
CONNECTIONS = 32


def start_slow(url, seconds):
    """Repeats lists and exports; the client has the lowest priority, so that the benchmark measures the work of
    the server for them."""
    return subprocess.Popen(["chrt", "--idle", "0", "wrk", "-t1", f"-c{SLOW}", f"-d{round(seconds)}s",
                             "--timeout", "60s", "-s", os.path.join(rig.BENCH, "slow_reads.lua"),
                             url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def count_slow(slow):
    said = slow.communicate()[0]
    counts = [line for line in said.splitlines() if "requests in" in line]
    if not counts or "Non-2xx" in said:
        raise rig.Failed(f"the slow reads: {said}")
    return int(counts[0].split()[0])


def compare(what, measure, url, duration, pairs=5):
    """Pairs of percentiles, beside the slow reads and alone."""
    def show(report, beside=""):
        print(f"  {what}: {report['per_second']:10,.0f}/s   p50 {report['p50_us']:6,.0f} us"
              f"   p99 {report['p99_us']:6,.0f} us{beside}", flush=True)
        return report["p99_us"]

    def measure_beside(_):
        seconds = duration + 2
        slow = start_slow(url, seconds)
        report = measure()
        return show(report, f"   beside {count_slow(slow) / seconds:.0f} slow reads/s")

    figures = rig.in_turn(measure_beside, lambda _: show(measure()), pairs=pairs)
    rig.print_row(f"p99 of point queries, {what}, beside {SLOW} slow reads, and alone", figures,
                  "<= 1.5", "us")


def run(workplace):
    rig.need("wrk", "chrt")
    duration = rig.seconds(3)
    data = workplace.new_directory("data")
    rig.output_of(os.path.join(rig.BUILD, "bench", "make_log"), data, str(EVENTS))
    rig.output_of(rig.ANNAL, "rebuild", "order_summary", "--data", data)
    annal, url = workplace.start_server("queries", rig.ANNAL, "queries", "--data", data,
                                        "--queries-listen", "127.0.0.1:0")

    def at_rate(rate):
        return json.loads(rig.output_of(
            "chrt", "--fifo", "1", os.path.join(rig.BUILD, "bench", "point_reads"),
            url.removeprefix("http://"), str(CONNECTIONS), str(rate), str(duration), str(ORDERS)))

    def as_many_as_can_be():
        return rig.wrk(annal, url, "point_query.lua", ORDERS, duration=duration)

    for rate in RATES:
        compare(f"{rate:,} a second", lambda rate=rate: at_rate(rate), url, duration)
    compare(f"{rig.CONNECTIONS} connections without pause", as_many_as_can_be, url, duration,
            pairs=9)  # the figures vary more
    workplace.end(annal)


rig.main("beside", run)
