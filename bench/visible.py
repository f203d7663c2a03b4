"""From sending a command to seeing it in the read model, and events a second through RabbitMQ into three projectors."""
import time

import load
import observe
import rig

MODEL = "order_summary"
RATES = (1000, 5000)
PERCENTILES = ("p99", "p50", "p999")
CONNECTIONS = 256

FANOUT_MODELS = ("order_summary", "product_sales", "customer_orders")
FANOUT_RATE = 420   # commands a second, of
FANOUT_ITEMS = 48   # items, which are
FANOUT_EVENTS = 50  # events: 21,000 a second


def figure_name(name, rate, percentile):
    """visible, visible_p50, visible_5000, …: the first rate and p99 go without saying."""
    return "_".join([name, *([str(rate)] if rate != RATES[0] else []),
                     *([percentile] if percentile != "p99" else [])])


def measure_rate(place, bus, rate, pair):
    data = place.new_directory("data")
    _, commands = place.start_role("commands", data, bus=bus)
    place.start_role("projector", data, MODEL, bus=bus)
    _, queries = place.start_role("queries", data)
    report = load.open_loop("visible", rate, rig.seconds(5), CONNECTIONS, pair, commands, 1, queries)
    place.end_all()
    rows = observe.count_rows(data, MODEL)
    if rows != report["requests"] or observe.look_at_log(data)[0] != rows:
        raise rig.Failed(f"{report['requests']} orders were seen, {MODEL} has {rows}")
    return report


def visible_over(name, broker):
    def setup(place):
        def measure(pair):
            values = {}
            for rate in RATES:
                report = measure_rate(place, place.broker.url if broker else "log:", rate, pair)
                for percentile in PERCENTILES:
                    values[figure_name(name, rate, percentile)] = report[percentile + "_ms"]
            return values
        return measure
    return setup


def check_fanout(data, requests):
    orders, events, _ = observe.look_at_log(data)
    if orders != requests or events != requests * FANOUT_EVENTS:
        raise rig.Failed(f"{requests} orders were sent, {data} has {orders} with {events} events")


def fanout(place):
    """The rate includes the time until the last projector has caught up, so a growing lag lowers it."""
    def measure(pair):
        data = place.new_directory("data")
        bus = place.broker.url
        _, commands = place.start_role("commands", data, bus=bus)
        for model in FANOUT_MODELS:
            place.start_role("projector", data, model, bus=bus)
        begin = time.monotonic()
        report = load.open_loop("places", FANOUT_RATE, max(1, rig.seconds(10)), CONNECTIONS, pair,
                               commands, FANOUT_ITEMS)
        sent = time.monotonic() - begin
        observe.wait_until_caught_up(place.program, data, FANOUT_MODELS)
        took = time.monotonic() - begin
        by_message = 1 - max(filled_share(data, model) for model in FANOUT_MODELS)
        place.end_all()
        check_fanout(data, report["requests"])
        return {"fanout": report["requests"] * FANOUT_EVENTS / took, "fanout_behind": took - sent,
                "fanout_by_message": by_message * 100}
    return measure


def filled_share(data, model):
    """The fraction of the events that the worker read from the log, as they did not come as messages in time."""
    metrics = observe.metrics_of(data, f"projector-{model}")
    total, filled = (sum(value for name, value in metrics.items()
                         if name.startswith(f"annal_subscription_{kind}_total"))
                     for kind in ("events", "filled"))
    return filled / total


def figures_of(name, bus):
    return [rig.Figure(figure_name(name, rate, percentile),
                       f"{percentile.replace('999', '99.9')} from command to visible over {bus}, {rate:,}/s",
                       "ms", WANTED.get((rate, percentile), ""))
            for rate in RATES for percentile in PERCENTILES]


WANTED = {(1000, "p99"): "≤ 10 ms", (5000, "p99"): "≤ 25 ms"}
ROWS = [
    rig.Row("visible", visible_over("visible", True), None,
            figures_of("visible", "RabbitMQ"), needs=("rabbitmq-server",)),
    rig.Row("visible_log", visible_over("visible_log", False), None,
            figures_of("visible_log", "`log:`")),
    rig.Row("fanout", fanout, None, [
        rig.Figure("fanout", "events through RabbitMQ into three projectors, until all have caught up",
                   "events/s", "≥ 20,000"),
        rig.Figure("fanout_behind", "how long they caught up after the last command", "s"),
        rig.Figure("fanout_by_message", "the least fraction of events that came as messages in time", "%")],
            needs=("rabbitmq-server", "curl")),
]
