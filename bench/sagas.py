#!/usr/bin/env python3
"""Complete fulfilments per second, with sagas and payment provider running, against commands per second."""
import json
import os
import sqlite3
import threading

import rig

ORDERS = int(os.environ.get("BENCH_ORDERS", 10000))
PRODUCTS = 1000
WINDOW = 1000  # orders in flight at once
PROVIDER = os.path.join(rig.BUILD, "examples", "payment-provider")
THREADS_SHOWN = 4


# ---- processor time ----

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
    """The processor time that the processes use from here on, per thread."""

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
    """The increase of the series of a metric, by label."""
    return {series[len(name) + 1:-1].split('"')[1] if "{" in series else "": value -
            before.get(series, 0) for series, value in after.items()
            if series.split("{")[0] == name}


# ---- the results ----

def read_all(path, query):
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return store.execute(query).fetchall()
    finally:
        store.close()


def check_account(data):
    """Checks that every order was fulfilled once: sagas ended, payments completed, stock shipped."""
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
    """Waits: the stock of the last order is shipped a moment before its saga ends."""
    rig.wait_until(lambda: metrics_of(data, "saga").get('annal_sagas{phase="ended"}') == ORDERS,
                   "all sagas have ended")


# ---- the measurements ----

def start_commands(workplace, data, bus):
    return workplace.start_server("annal commands", rig.ANNAL, "commands", "--data", data, "--bus",
                                  bus, "--log-level", "warning", "--commands-listen", "127.0.0.1:0")


def measure_commands(process, url, pair):
    """Measured like in commands.py."""
    return rig.wrk(process, url, "order_create.lua", f"LOAD-{pair}",
                   duration=rig.seconds(5))["per_second"]


def measure_commands_alone(workplace, pair):
    """Without a broker, on an empty log."""
    process, url = start_commands(workplace, workplace.new_directory(f"commands-{pair}"), "log:")
    per_second = measure_commands(process, url, pair)
    workplace.end(process)
    return per_second


def wait_for_relays(data):
    def are_at_head():
        metrics = metrics_of(data, "commands")
        return all(metrics[f'annal_relay_position{{relay="{relay}"}}'] ==
                   metrics["annal_log_head_position"] for relay in ("log", "events"))
    rig.wait_until(are_at_head, "RabbitMQ has all events")


def fill_the_shelves(data, url):
    commands = os.path.join(data, "receive.ndjson")
    with open(commands, "w", encoding="utf-8") as out:
        for n in range(PRODUCTS):
            out.write(json.dumps({"category": "inventory", "id": f"SKU-{n:04}",
                                  "command": "receive", "data": {"quantity": 1000000}}) + "\n")
    rig.output_of(rig.ANNAL, "send", commands, "--to", url)


def start_the_rest(workplace, data, bus, url):
    """Returns the pids of sagas and provider."""
    saga, _ = workplace.start_server("annal saga", rig.ANNAL, "saga", "--data", data, "--bus", bus,
                                     "--log-level", "warning", "--to", url)
    provider, _ = workplace.start_server("provider", PROVIDER, bus, url)
    threading.Thread(target=provider.stdout.read, daemon=True).start()  # it prints a line per payment
    return {process.name: process.pid for process in (saga, provider)}


def sell(data, url, pids, pair):
    """Returns the report of the client, the processor times, and the metrics before and after."""
    before = metrics_of(data, "commands")
    usage = Usage(pids)
    report = json.loads(rig.output_of(os.path.join(rig.BUILD, "bench", "fulfil"), url,
                                      f"ORD-{pair}", str(ORDERS), str(WINDOW),
                                      str(int(before["annal_log_head_position"]))))
    used = usage.measure()
    used["client", "", ""] = report["cpu_us"]
    return report, used, before, metrics_of(data, "commands")


def print_usage(used, seconds):
    """Returns the limiting thread."""
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
    return f"waiting, for the disk or others (processors {share:.0%} busy with this)"


def print_commands(before, after, seconds):
    """Returns the commands per fulfilment, of all senders."""
    counts = counted(before, after, "annal_commands_total")
    recorded = counts.pop("append", 0)
    batches = sum(counted(before, after, "annal_desk_batches_total").values())
    total = sum(counts.values())
    print("  commands per fulfilment:", ", ".join(f"{name} {count / ORDERS:.2f}"
                                                  for name, count in sorted(counts.items())
                                                  if count))
    print(f"  and {recorded / ORDERS:.2f} events that sagas record about themselves; "
          f"{(total + recorded) / batches:.1f} a transaction, {batches / seconds:,.0f} transactions/s")
    return total / ORDERS


def measure_pair(workplace, bus, broker_pid, pair):
    """Returns fulfilments/s, commands/s of the same process before, commands per fulfilment."""
    data = workplace.new_directory(f"sagas-{pair}")
    process, url = start_commands(workplace, data, bus)
    commands_per_second = measure_commands(process, url, pair)
    fill_the_shelves(data, url)
    wait_for_relays(data)
    pids = {process.name: process.pid, **start_the_rest(workplace, data, bus, url)}
    report, used, before, after = sell(data, url, {**pids, "RabbitMQ": broker_pid}, pair)
    wait_until_sagas_have_ended(data)
    for each in reversed(list(workplace.processes)):
        workplace.end(each)
    check_account(data)
    seconds = report["us"] / 1e6
    per_fulfilment = print_commands(before, after, seconds)
    print("  the limit was", print_usage(used, seconds))
    return report["complete"] / seconds, commands_per_second, per_fulfilment


def run_with(workplace, broker, bus):
    broker_pid = int(rig.output_of(broker.SCRIPT, "pid", broker.directory))
    beside, alone, per_fulfilment = [], [], 0
    for pair in range(rig.PAIRS):
        fulfilments, commands, per_fulfilment = measure_pair(workplace, bus, broker_pid, pair)
        commands_alone = measure_commands_alone(workplace, pair)
        beside.append((fulfilments, commands / per_fulfilment))
        alone.append((fulfilments, commands_alone / per_fulfilment))
        print(f"  {fulfilments:,.0f} fulfilments/s; {commands:,.0f} commands/s ÷ "
              f"{per_fulfilment:.2f} commands per fulfilment: ratio "
              f"{fulfilments * per_fulfilment / commands:.2f}; without a broker "
              f"{commands_alone:,.0f} commands/s: ratio "
              f"{fulfilments * per_fulfilment / commands_alone:.2f}", flush=True)
    what = f"complete fulfilments; commands/s ÷ {per_fulfilment:.1f}"
    rig.print_row(what, beside, 0.5, "fulfilments/s")
    rig.print_row(what + " without a broker", alone, "", "fulfilments/s")


def run(workplace):
    rig.need("wrk", "curl")
    broker = rig.Broker(workplace)
    with broker as bus:
        run_with(workplace, broker, bus)


rig.main("sagas", run)
