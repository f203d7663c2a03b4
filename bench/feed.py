#!/usr/bin/env python3
"""The live feed: 1,000 listeners with an event a second each, ten that follow all 1,000 a second."""
import json
import os
import resource
import time

import rig

FILTERED = 1000
FOLLOWERS = 10


def write_schema(workplace):
    directory = workplace.new_directory("schemas")
    os.makedirs(os.path.join(directory, "events"))
    with open(os.path.join(directory, "events", "bench.happened.v1.json"), "w",
              encoding="utf-8") as out:
        json.dump({"type": "object", "properties": {"number": {"type": "integer"}}}, out)
    return directory


def expect(client, line):
    if client.stdout.readline().strip() != line:
        raise rig.Failed(f"the listeners are not {line}: {rig.tail(client.log_path)}")


def busy(server, begin_cpu_us, begin):
    """The fraction of one processor that the server has used since."""
    return (rig.cpu_us(server.pid) - begin_cpu_us) / 1e6 / (time.monotonic() - begin)


def run(workplace):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seconds = max(1, round(rig.seconds(15)))
    idle_seconds = max(16, seconds)  # includes the comment that is sent every 15 s
    server, url = workplace.start_server(
        "commands", rig.ANNAL, "commands", "--data", workplace.new_directory("data"), "--bus",
        "log:", "--commands-listen", "127.0.0.1:0", "--schemas", write_schema(workplace))
    client = workplace.start("listeners", os.path.join(rig.BUILD, "bench", "listeners"),
                             url.removeprefix("http://"), str(FILTERED), str(FOLLOWERS),
                             str(idle_seconds), str(seconds))
    expect(client, "connected")
    cpu_us, begin = rig.cpu_us(server.pid), time.monotonic()
    expect(client, "idle")
    idle = busy(server, cpu_us, begin)
    cpu_us, begin = rig.cpu_us(server.pid), time.monotonic()
    line = client.stdout.readline()
    loaded = busy(server, cpu_us, begin)
    if not line:
        raise rig.Failed(f"the listeners ended: {rig.tail(client.log_path)}")
    report = json.loads(line)
    if report["failed"] or report["came"] != report["expected"]:
        raise rig.Failed(f"events failed, were lost or came twice: {report}")
    print(f"  {report['events']} events to {report['came']} listeners' ends; "
          f"{loaded:.1%} of a processor meanwhile")
    print(f"| live feed, {FILTERED} listeners and {FOLLOWERS} followers, recorded to client | "
          f"p50 {report['p50_us'] / 1000:.1f} ms, p99 {report['p99_us'] / 1000:.1f} ms | none | | "
          "p99 of 20 ms |")
    print(f"| the same, idle | {idle:.1%} of a processor | none | | 2 % |")
    client.wait(30)
    workplace.processes.remove(client)
    workplace.end(server)


rig.main("feed", run)
