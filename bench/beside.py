#!/usr/bin/env python3
"""The 99th percentile of point queries' latency, with and without eight slow reads beside them."""
import os
import subprocess

import rig

EVENTS = 200000
ORDERS = 1000
SLOW = 8


def start_slow(url, seconds):
    """Lists and exports, again and again; the client runs only when nobody else wants to, so that what is
    measured is what the server does for them."""
    return subprocess.Popen(["chrt", "--idle", "0", "wrk", "-t1", f"-c{SLOW}", f"-d{round(seconds)}s",
                             "--timeout", "60s", "-s", os.path.join(rig.BENCH, "slow_reads.lua"),
                             url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(workplace):
    rig.need("wrk")
    duration = rig.seconds(5)
    data = workplace.new_directory("data")
    rig.output_of(os.path.join(rig.BUILD, "bench", "make_log"), data, str(EVENTS))
    rig.output_of(rig.ANNAL, "rebuild", "order_summary", "--data", data)
    annal, url = workplace.start_server("queries", rig.ANNAL, "queries", "--data", data,
                                        "--queries-listen", "127.0.0.1:0")

    def measure():
        report = rig.wrk(annal, url, "point_query.lua", ORDERS, duration=duration)
        print(f"  {report['per_second']:10,.0f}/s   p50 {report['p50_us']:8,.0f} us"
              f"   p99 {report['p99_us']:8,.0f} us", flush=True)
        return report["p99_us"]

    def measure_beside(_):
        slow = start_slow(url, duration + 3)
        try:
            return measure()
        finally:
            said = slow.communicate()[0]
            requests = [line.strip() for line in said.splitlines() if "requests in" in line]
            print(f"  beside: {requests[0] if requests else said}", flush=True)

    figures = rig.in_turn(measure_beside, lambda _: measure())
    rig.print_row(f"p99 of point queries beside {SLOW} slow reads, and alone", figures, "<= 1.5", "us")
    workplace.end(annal)


rig.main("beside", run)
