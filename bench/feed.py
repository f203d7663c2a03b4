"""The live feed: 1,000 listeners with an event a second each, ten that follow all 1,000 a second."""
import json
import resource
import time

import observe
import rig

FILTERED = 1000
FOLLOWERS = 10


def expect(client, line):
    if client.stdout.readline().strip() != line:
        raise rig.Failed(f"the listeners are not {line}: {rig.tail(client.log_path)}")


def busy(server, begin_cpu_us, begin):
    """The percentage of one processor that the server has used since."""
    return (observe.cpu_us(server.pid) - begin_cpu_us) / 1e4 / (time.monotonic() - begin)


def feed(place):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seconds = max(1, round(rig.seconds(15)))
    idle_seconds = max(16, seconds)  # includes the comment that is sent every 15 s
    schemas = place.new_schemas("bench.happened.v1",
                                {"type": "object", "properties": {"number": {"type": "integer"}}})

    def measure(_):
        server, url = place.start_role("commands", place.new_directory("data"), "--schemas", schemas)
        client = place.start("listeners", rig.TOOLS.bench("listeners"), url.removeprefix("http://"),
                             str(FILTERED), str(FOLLOWERS), str(idle_seconds), str(seconds))
        expect(client, "connected")
        cpu_us, begin = observe.cpu_us(server.pid), time.monotonic()
        expect(client, "idle")
        idle = busy(server, cpu_us, begin)
        line = client.stdout.readline()
        if not line:
            raise rig.Failed(f"the listeners ended: {rig.tail(client.log_path)}")
        report = json.loads(line)
        if report["failed"] or report["came"] != report["expected"]:
            raise rig.Failed(f"events failed, were lost or came twice: {report}")
        client.wait(30)
        place.processes.remove(client)
        place.end(server)
        return {"feed": report["p99_us"] / 1000, "feed_p50": report["p50_us"] / 1000, "feed_idle": idle}
    return measure


ROWS = [rig.Row("feed", feed, None, [
    rig.Figure("feed", f"p99 from recorded to client, {FILTERED} listeners and {FOLLOWERS} followers of `GET /events`",
               "ms", "≤ 20 ms"),
    rig.Figure("feed_p50", "their p50", "ms"),
    rig.Figure("feed_idle", "the same, idle: share of a processor", "%", "≤ 2 %")], default=False)]
