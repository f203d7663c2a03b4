#!/usr/bin/env python3
"""Complete fulfilments per second, sagas and payment provider beside, against commands per second."""
import json
import os
import sqlite3
import threading

import rig

ORDERS = int(os.environ.get("BENCH_ORDERS", 10000))
PRODUCTS = 1000
WINDOW = 1000  # orders on their way at once
PROVIDER = os.path.join(rig.BUILD, "examples", "payment-provider")
THREADS_SHOWN = 4


# ---- what was used ----

def threads_us(pid):
    """The processor time each thread of a process has used, by (thread, name)."""
    times = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="utf-8") as file:
                name, fields = file.read().split("(", 1)[1].rsplit(")", 1)
        except FileNotFoundError:
            continue
        user, system = fields.split()[11:13]
        times[thread, name] = (int(user) + int(system)) * 1e6 / os.sysconf("SC_CLK_TCK")
    return times


class Usage:
    """What the processes use from here on, thread by thread."""

    def __init__(self, pids):
        self.pids = pids
        self.before = {name: threads_us(pid) for name, pid in pids.items()}

    def measure(self):
        return {(name, *thread): us - self.before[name].get(thread, 0)
                for name, pid in self.pids.items() for thread, us in threads_us(pid).items()}


def by_process(usage):
    total = {}
    for (name, _, _), us in usage.items():
        total[name] = total.get(name, 0) + us
    return total


def metrics_of(data, role):
    socket = os.path.join(data, "run", f"{role}.sock")
    said = rig.output_of("curl", "-sf", "--unix-socket", socket, "http://localhost/metrics")
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in said.splitlines() if line and not line.startswith("#")}


def counted(before, after, name):
    """By how much the series of a metric have risen, by label."""
    return {series[len(name) + 1:-1].split('"')[1] if "{" in series else "": value -
            before.get(series, 0) for series, value in after.items()
            if series.split("{")[0] == name}


# ---- what came of it ----

def read_all(path, query):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return store.execute(query).fetchall()
    finally:
        store.close()


def check_account(data):
    """Every order was fulfilled, once: sagas ended, payments completed, stock left."""
    sagas = dict(read_all(os.path.join(data, "sagas.db"),
                          "SELECT phase || ' ' || step, count(*) FROM sagas GROUP BY 1"))
    events = dict(read_all(os.path.join(data, "events.db"), """SELECT name, count(*)
        FROM events JOIN types USING (type) GROUP BY 1"""))
    sold, left = (read_all(os.path.join(data, "events.db"), f"""SELECT sum(each.value ->> 'quantity')
        FROM events JOIN types USING (type), json_each({items}) AS each WHERE name = '{name}'""")
        for name, items in (("order.placed.v1", "data ->> 'items'"),
                            ("inventory.shipped.v1", "json_array(json(data))")))
    once = ("order.placed.v1", "payment.requested.v1", "payment.completed.v1", "order.shipped.v1",
            "order.payment.received.v1", "order.confirmed.v1")
    if (sagas != {"ended done": ORDERS} or any(events.get(name) != ORDERS for name in once)
            or "order.cancelled.v1" in events or sold != left):
        raise rig.Failed(f"it does not add up: {sagas}, {events}, sold {sold}, left {left}")


def wait_until_sagas_have_ended(data):
    """The stock of the last order has left a moment before its saga has ended."""
    rig.wait_until(lambda: metrics_of(data, "saga").get('annal_sagas{phase="ended"}') == ORDERS,
                   "all sagas have ended")


# ---- the two sides ----

def measure_commands(workplace, pair):
    """As commands.py measures them."""
    data = workplace.new_directory(f"commands-{pair}")
    process, url = workplace.start_server("commands", rig.ANNAL, "commands", "--data", data,
                                          "--bus", "log:", "--commands-listen", "127.0.0.1:0")
    report = rig.wrk(process, url, "order_create.lua", f"ORD-{pair}", duration=rig.seconds(5))
    workplace.end(process)
    return report["per_second"]


def start_all(workplace, data, bus):
    common = ("--data", data, "--bus", bus, "--log-level", "warning")
    commands, url = workplace.start_server("annal commands", rig.ANNAL, "commands", *common,
                                           "--commands-listen", "127.0.0.1:0")
    saga, _ = workplace.start_server("annal saga", rig.ANNAL, "saga", *common, "--to", url)
    provider, _ = workplace.start_server("provider", PROVIDER, bus, url)
    threading.Thread(target=provider.stdout.read, daemon=True).start()  # it tells of each payment
    return {process.name: process.pid for process in (commands, saga, provider)}, url


def fill_the_shelves(data, url):
    commands = os.path.join(data, "receive.ndjson")
    with open(commands, "w", encoding="utf-8") as out:
        for n in range(PRODUCTS):
            out.write(json.dumps({"category": "inventory", "id": f"SKU-{n:04}",
                                  "command": "receive", "data": {"quantity": 1000000}}) + "\n")
    rig.output_of(rig.ANNAL, "send", commands, "--to", url)


def sell(workplace, data, bus, broker_pid, pair):
    """Gives the client's report, who used what, and the commands' metrics before and after."""
    pids, url = start_all(workplace, data, bus)
    fill_the_shelves(data, url)
    before = metrics_of(data, "commands")
    usage = Usage({**pids, "RabbitMQ": broker_pid})
    report = json.loads(rig.output_of(os.path.join(rig.BUILD, "bench", "fulfil"), url,
                                      f"ORD-{pair}", str(ORDERS), str(WINDOW)))
    used = usage.measure()
    used["client", "", ""] = report["cpu_us"]
    after = metrics_of(data, "commands")
    wait_until_sagas_have_ended(data)
    for process in reversed(list(workplace.processes)):
        workplace.end(process)
    return report, used, before, after


def print_usage(used, seconds):
    cores = len(os.sched_getaffinity(0))
    print("  processor time per fulfilment:",
          ", ".join(f"{name} {us / ORDERS:,.0f} us" for name, us in by_process(used).items()))
    busiest = sorted(used.items(), key=lambda each: -each[1])[:THREADS_SHOWN]
    print("  busiest threads:", ", ".join(f"{process} {thread} {us / seconds / 1e6:.0%}"
                                          for (process, _, thread), us in busiest))
    share = sum(used.values()) / seconds / 1e6 / cores
    process, _, thread = busiest[0][0]
    if share > 0.9:
        return f"the {cores} processors, {share:.0%} busy"
    if busiest[0][1] / seconds / 1e6 > 0.9:
        return f"the thread {thread} of {process}"
    return f"waiting for the disk and for each other (processors {share:.0%} busy)"


def print_commands(before, after, seconds):
    """Gives commands per fulfilment: whoever sent them."""
    counts = counted(before, after, "annal_commands_total")
    told = counts.pop("append", 0)
    batches = sum(counted(before, after, "annal_desk_batches_total").values())
    total = sum(counts.values())
    print("  commands per fulfilment:", ", ".join(f"{name} {count / ORDERS:.2f}"
                                                  for name, count in sorted(counts.items())
                                                  if count))
    print(f"  and {told / ORDERS:.2f} events that sagas tell of themselves; "
          f"{(total + told) / batches:.1f} a transaction, {batches / seconds:,.0f} transactions/s")
    return total / ORDERS


def run_with(workplace, broker, bus):
    broker_pid = int(rig.output_of(broker.SCRIPT, "pid", broker.directory))
    per_fulfilment, limits = {}, []

    def measure_fulfilments(pair):
        data = workplace.new_directory(f"sagas-{pair}")
        report, used, before, after = sell(workplace, data, bus, broker_pid, pair)
        check_account(data)
        seconds = report["us"] / 1e6
        per_fulfilment[pair] = print_commands(before, after, seconds)
        limits.append(print_usage(used, seconds))
        print(f"  the limit was {limits[-1]}")
        return report["complete"] / seconds

    def measure_baseline(pair):
        commands = measure_commands(workplace, pair)
        print(f"  {commands:,.0f} commands/s, {per_fulfilment[pair]:.2f} commands per fulfilment")
        return commands / per_fulfilment[pair]

    figures = rig.in_turn(measure_fulfilments, measure_baseline)
    rig.print_row(f"complete fulfilments; commands/s ÷ {per_fulfilment[0]:.1f}", figures, 0.5,
                  "fulfilments/s")


def run(workplace):
    rig.need("wrk", "curl")
    broker = rig.Broker(workplace)
    with broker as bus:
        run_with(workplace, broker, bus)


rig.main("sagas", run)
