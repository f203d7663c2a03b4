"""Complete fulfilments a second, with sagas and payment provider running. The baseline is commands a second of a
process with the same broker, divided by the commands of a fulfilment."""
import json
import os
import threading

import load
import observe
import rig

COMMANDS_EACH = 9  # of a fulfilment on average, from all senders
PRODUCTS = 1000
WINDOW = 1000  # orders in flight at once
ONCE = ("order.placed.v1", "payment.requested.v1", "payment.completed.v1", "order.shipped.v1",
        "order.payment.received.v1", "order.confirmed.v1")


# ---- the results ----

def check_account(data):
    """Checks that every order was fulfilled once: sagas ended, payments completed, stock shipped."""
    log = os.path.join(data, "events.db")
    sagas = dict(observe.read_all(os.path.join(data, "sagas.db"),
                              "SELECT phase || ' ' || step, count(*) FROM sagas GROUP BY 1"))
    events = dict(observe.read_all(log, "SELECT type, count(*) FROM event_log GROUP BY 1"))
    sold, left = (observe.read_all(log, f"""SELECT sum(each.value ->> 'quantity')
        FROM event_log, json_each({items}) AS each WHERE event_log.type = ?""", name)
        for name, items in (("order.placed.v1", "data ->> 'items'"),
                            ("inventory.shipped.v1", "json_array(json(data))")))
    if (sagas != {"ended done": rig.orders()} or any(events.get(name) != rig.orders() for name in ONCE)
            or "order.cancelled.v1" in events or sold != left):
        raise rig.Failed(f"it does not add up: {sagas}, {events}, sold {sold}, left {left}")


def count_commands(metrics):
    """The commands so far, from all senders; the events that sagas record about themselves are not commands."""
    return sum(value for name, value in metrics.items()
               if name.startswith("annal_commands_total") and '"append"' not in name)


# ---- the measurements ----

def fill_the_shelves(place, data, url):
    commands = os.path.join(data, "receive.ndjson")
    with open(commands, "w", encoding="utf-8") as out:
        for n in range(PRODUCTS):
            out.write(json.dumps({"category": "inventory", "id": f"SKU-{n:04}", "command": "receive",
                                  "data": {"quantity": 1000000}}) + "\n")
    rig.output_of(place.program.annal, "send", commands, "--to", url)
    observe.wait_until_relayed(data)


def start_the_rest(place, data, url):
    bus = place.broker.url
    place.start_role("saga", data, "--to", url, bus=bus)
    payer = os.path.join(rig.TOOLS.build, "examples", "payment-provider")
    provider, _ = place.start_server("provider", payer, bus, url)
    threading.Thread(target=provider.stdout.read, daemon=True).start()  # it prints a line per payment


def sell(place, data, url, pair):
    """Returns the report of the client, and the processor time per fulfilment of each process."""
    pids = {process.name: process.pid for process in place.processes}
    pids["rabbitmq"] = place.broker.pid
    before = {name: observe.cpu_us(pid) for name, pid in pids.items()}
    after = observe.head_of(data)
    report = json.loads(rig.output_of(rig.TOOLS.bench("fulfil"), url, f"ORD-{pair}", str(rig.orders()),
                                      str(WINDOW), str(after)))
    used = {f"{name}_us": (observe.cpu_us(pid) - before[name]) / rig.orders() for name, pid in pids.items()}
    return report, {**used, "client_us": report["cpu_us"] / rig.orders()}


def fulfilments(place):
    def measure(pair):
        data = place.new_directory("data")
        _, url = place.start_role("commands", data, bus=place.broker.url)
        fill_the_shelves(place, data, url)
        start_the_rest(place, data, url)
        commands = count_commands(observe.metrics_of(data, "commands"))
        report, used = sell(place, data, url, pair)
        # The stock of the last order is shipped a moment before its saga ends.
        rig.wait_until(lambda: observe.metrics_of(data, "saga").get('annal_sagas{phase="ended"}') == rig.orders(),
                       "all sagas have ended")
        commands = count_commands(observe.metrics_of(data, "commands")) - commands
        place.end_all()
        check_account(data)
        return {"fulfilments": report["complete"] * 1e6 / report["us"],
                "commands_each": commands / rig.orders(), **used}
    return measure


def commands(place):
    def measure(pair):
        data = place.new_directory("data")
        process, url = place.start_role("commands", data, bus=place.broker.url)
        report = load.wrk(process, url, "commands.lua", "create", pair, duration=rig.seconds(5))
        place.end(process)
        return {"fulfilments": report["per_second"] / COMMANDS_EACH}
    return measure


ROWS = [rig.Row("fulfilments", fulfilments, commands, [
    rig.Figure("fulfilments", "complete fulfilments over RabbitMQ", "fulfilments/s", "≥ 0.8",
               f"commands/s ÷ {COMMANDS_EACH}")], needs=("wrk", "curl", "rabbitmq-server"))]
