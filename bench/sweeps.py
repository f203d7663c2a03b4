"""Other loads than the rows of the targets, and how figures change as the log grows."""
import http.client
import json
import time

import commands
import load
import observe
import queries
import rig

BATCH = 16
BODIES_MEMORY = str(256 * 1024 * 1024)  # one address may use half of it; 64 bodies of 64 KiB need more than 16 MiB
NOTE_SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
# kind and number of commands.lua, and events that each command appends at least
LOADS = {
    "keys": ("`order create` with an `Idempotency-Key`", ("keyed",), 2),
    "batch": (f"`order create` in `POST /commands`, {BATCH} at once", ("batch", BATCH), 2),
    "hot": ("`inventory receive` of one product", ("receive", 1), 1),
    "zipf": ("`inventory receive` of 10⁴ products, Zipf", ("receive", 10000), 1),
    "small": ("external events with 100 bytes of data", ("note", 100), 1),
    "large": ("external events with 64 KiB of data", ("note", 65536), 1),
}


def load_of(name):
    """Commands (or external events) a second of a kind of load, on a new log."""
    _, (kind, *number), least = LOADS[name]

    def setup(place):
        schemas = place.new_schemas("bench.noted.v1", NOTE_SCHEMA)

        def measure(pair):
            data = place.new_directory("data")
            process, url = place.start_role("commands", data, "--schemas", schemas,
                                            "--bodies-memory", BODIES_MEMORY)
            report = load.wrk(process, url, "commands.lua", kind, pair, *number, duration=rig.seconds(5))
            place.end(process)
            each = BATCH if kind == "batch" else 1
            events = observe.head_of(data)
            if events < report["requests"] * each * least:
                raise rig.Failed(f"{report['requests']} requests were answered, the log has {events} events")
            return {f"sweep_{name}": report["per_second"] * each}
        return measure
    return setup


# ---- growth ----

EXPONENTS = (3, 4, 5, 6, 7)
GAP = 1000  # events that a projector has missed
GROWTH = {"start": "start of `annal commands` until it is ready",
          "stream": "first `GET /streams/order/ORD-00000001`",
          "query": "p50 of point queries, 1,000/s",
          "gap": f"start of `annal projector {queries.MODEL}` until it has applied {GAP:,} new events"}


def timed_ms(action):
    begin = time.monotonic()
    result = action()
    return (time.monotonic() - begin) * 1000, result


def measure_size(place, data, orders, pair):
    start_ms, (server, url) = timed_ms(lambda: place.start_role("commands", data))
    stream_ms, _ = timed_ms(lambda: queries.read(url + "/streams/order/ORD-00000001"))
    reader, queries_url = place.start_role("queries", data)
    report = load.open_loop("reads", 1000, rig.seconds(2), 16, pair, queries_url, min(orders, queries.ORDERS))
    place.end(reader)
    load.open_loop("creates", 1000, GAP / 2 / 1000, 16, pair, url, 1)
    gap_ms, worker = timed_ms(lambda: start_and_catch_up(place, data))
    place.end(worker)
    place.end(server)
    return {"start": start_ms, "stream": stream_ms, "query": report["p50_ms"], "gap": gap_ms}


def start_and_catch_up(place, data):
    worker, _ = place.start_role("projector", data, queries.MODEL)
    observe.wait_until_caught_up(place.program, data, [queries.MODEL])
    return worker


def growth(place):
    logs = {}
    for exponent in [each for each in EXPONENTS if 10 ** each <= rig.events(10 ** 7)]:
        data = place.new_log(str(exponent), 10 ** exponent)
        place.rebuild(data, queries.MODEL)
        logs[exponent] = (data, observe.count_rows(data, queries.MODEL))

    def measure(pair):
        return {f"growth_{name}_{exponent}": ms for exponent, (data, orders) in logs.items()
                for name, ms in measure_size(place, data, orders, pair).items()}
    return measure


# ---- a long stream ----

def receive(url):
    """Returns the milliseconds of an answer, on a connection that is open before."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.connect()

    def call():
        connection.request("POST", "/commands/inventory/SKU-00001/receive", '{"quantity":1}',
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    ms, (status, answer) = timed_ms(call)
    connection.close()
    if status != 200:
        raise rig.Failed(f"inventory receive: {status} {answer}")
    return ms


def aggregate(place):
    data = place.new_log("data", rig.events(100000), "received")
    process, url = place.start_role("commands", data)
    for _ in range(100):  # annal stores a snapshot each time the version passes a multiple of 100
        receive(url)
    place.end(process)

    def measure(_):
        observe.drop_page_cache(data)
        process, url = place.start_role("commands", data)
        ms = receive(url)
        place.end(process)
        return {"aggregate": ms}
    return measure


ROWS = [rig.Row(f"sweep_{name}", load_of(name), commands.new_log(f"sweep_{name}"), [
    rig.Figure(f"sweep_{name}", what, "commands/s", baseline="`order create`")],
                needs=("wrk",), default=False) for name, (what, _, _) in LOADS.items()]
ROWS.append(rig.Row("growth", growth, None, [
    rig.Figure(f"growth_{name}_{exponent}", f"{what}, 10^{exponent} events", "ms")
    for name, what in GROWTH.items() for exponent in EXPONENTS], default=False))
ROWS.append(rig.Row("aggregate", aggregate, None, [
    rig.Figure("aggregate", "first command to a stream of 100,000 events, after a cold start", "ms", "≤ 2 ms")],
                    default=False))
