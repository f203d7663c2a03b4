#!/usr/bin/env python3
"""Events per second through RabbitMQ into three projectors, and whether their lag grows."""
import json
import os
import time

import rig

MODELS = ("order_summary", "product_sales", "customer_orders")
RATE = 400   # commands/s, of
ITEMS = 48   # items, which are
EVENTS = 50  # events: 20,000 events/s
PATIENCE_SECONDS = 60


def lag_of(data):
    """The greatest lag of the models in events, and the log's head."""
    status = json.loads(rig.output_of(rig.ANNAL, "status", "--data", data, "--json", accepted=(0, 1)))
    lags = [model["lag"] for model in status["models"] if model["name"] in MODELS]
    return max(lags), status["head"]


def count_of(data, model, metric):
    """A counter of the model's worker, from its control socket."""
    socket = os.path.join(data, "run", f"projector-{model}.sock")
    said = rig.output_of("curl", "-sf", "--unix-socket", socket, "http://localhost/metrics")
    return sum(float(line.split()[-1]) for line in said.splitlines() if line.startswith(metric))


def watch(data, client):
    """Samples the lag while the client runs; returns the samples."""
    lags = []
    while client.poll() is None:
        lags.append(lag_of(data)[0])
        time.sleep(0.25)
    return lags


def wait_until_caught_up(data):
    begin = time.monotonic()
    while lag_of(data)[0] > 0:
        if time.monotonic() - begin > PATIENCE_SECONDS:
            raise rig.Failed(f"still behind after {PATIENCE_SECONDS} s: {lag_of(data)[0]} events")
        time.sleep(0.02)
    return time.monotonic() - begin


def run_with(workplace, bus):
    data = workplace.new_directory("data")
    common = ("--data", data, "--log-level", "warning")
    _, commands = workplace.start_server("commands", rig.ANNAL, "commands", *common, "--bus", bus,
                                         "--commands-listen", "127.0.0.1:0")
    for model in MODELS:
        workplace.start_server(f"projector-{model}", rig.ANNAL, "projector", model, *common,
                               "--bus", bus)
    _, queries = workplace.start_server("queries", rig.ANNAL, "queries", *common,
                                        "--queries-listen", "127.0.0.1:0")
    seconds = max(2, round(rig.seconds(10)))
    client = workplace.start("client", os.path.join(rig.BUILD, "bench", "visible"), commands,
                             queries, str(RATE), str(seconds), str(ITEMS))
    lags = watch(data, client)
    report = json.loads(client.stdout.read())
    workplace.processes.remove(client)
    behind = wait_until_caught_up(data)
    head = lag_of(data)[1]
    if report["failed"] or head != RATE * seconds * EVENTS:
        raise rig.Failed(f"the log's head is {head}; {report}")
    applied = sum(count_of(data, model, "annal_subscription_events_total") for model in MODELS)
    filled = sum(count_of(data, model, "annal_subscription_filled_total") for model in MODELS)
    half = len(lags) // 2
    print(f"  greatest lag in the first half {max(lags[:half] or [0]):,} events, in the second "
          f"{max(lags[half:]):,}; caught up {behind:.2f} s after the last command; "
          f"{1 - filled / applied:.0%} came as messages, the rest was read from the log")
    rig.print_cpu("event", {process.name: [rig.cpu_us(process.pid) / head]
                            for process in workplace.processes})
    print("| events through RabbitMQ into three projectors "
          f"| {head * 1e6 / report['us']:,.0f} events/s | none | | 20,000 |")
    for process in reversed(list(workplace.processes)):
        workplace.end(process)


def run(workplace):
    rig.need("curl")
    with rig.Broker(workplace) as bus:
        run_with(workplace, bus)


rig.main("fanout", run)
