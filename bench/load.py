"""Load for HTTP servers: as many requests as they answer (wrk), or at a fixed rate (open_loop.c)."""
import json
import os
import tempfile

import observe
import rig


def wrk(server, url, script, *arguments, duration, connections=rig.CONNECTIONS):
    """Loads a server; returns the report of wrk_report.lua. Raises Failed if an answer was not 2xx."""
    both = os.path.join(tempfile.gettempdir(), f"annal-bench-{os.getpid()}.lua")
    with open(both, "w", encoding="utf-8") as out:
        for name in (script, "wrk_report.lua"):
            with open(os.path.join(rig.BENCH, name), encoding="utf-8") as part:
                out.write(part.read())
    cpu_before_us = observe.cpu_us(server.pid)
    try:
        said = rig.output_of("wrk", "-t1", f"-c{connections}", f"-d{max(1, round(duration))}s",
                             "--timeout", "10s", "-s", both, url, "--", *map(str, arguments))
    finally:
        os.unlink(both)
    report = json.loads(said[said.index("\nreport ") + 8:])
    if report["failed"] or report["rejected"] or not report["requests"]:
        raise rig.Failed(f"{url}: {report}")
    report["per_second"] = report["requests"] * 1e6 / report["us"]
    report["cpu_us"] = (observe.cpu_us(server.pid) - cpu_before_us) / report["requests"]
    return report


def open_loop(what, rate, duration, connections, pair, url, size, *more, priority=()):
    """Requests at a fixed rate; returns the report of open_loop.c, with milliseconds."""
    numbers = map(str, (round(rate), duration, connections, pair))
    report = json.loads(rig.output_of(*priority, rig.TOOLS.bench("open_loop"), what, *numbers, url,
                                      str(size), *more))
    return {**report, **{name[:-2] + "ms": us / 1000 for name, us in report.items() if name.endswith("_us")}}
