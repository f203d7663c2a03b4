"""What the work of annal costs: bytes on disk, processor time, memory."""
import os

import commands
import load
import observe
import queries
import rebuild
import rig

MODELS = sorted(name.removesuffix(".sql") for name in os.listdir(os.path.join(rig.SOURCE, "shop", "models")))


# ---- bytes and processor time ----

def disk_bytes(data):
    """The size of the log per event, without the JSON of the event."""
    events, size = observe.read_all(os.path.join(data, "events.db"),
                                "SELECT count(*), sum(length(data) + length(meta)) FROM event_log")[0]
    return (os.path.getsize(os.path.join(data, "events.db")) - size) / events


def relay_us(place, data):
    """Starts the command endpoint on a log that RabbitMQ has not seen; the time per event until it has."""
    events = observe.head_of(data)
    process, _ = place.start_role("commands", data, bus=place.broker.url)
    observe.wait_until_relayed(data)
    us = observe.cpu_us(process.pid) / events
    place.end(process)
    return us


def cost(place):
    """Microseconds of each are seconds of a million."""
    server, url = queries.start_queries(place)

    def measure(pair):
        values = {"cost_queries": queries.measure_reads(server, url)["queries_cpu"]}
        data = place.new_log("created", rig.events(250000), "created")
        values["cost_disk"] = disk_bytes(data)
        values["cost_relay"] = relay_us(place, data)
        values["cost_commands"] = commands.measure_on(place, place.new_directory("new"), pair)["cpu_us"]
        data = place.new_log("shop", rig.events(rebuild.EVENTS))
        for model in MODELS:
            values[f"cost_{model}"] = place.rebuild(data, model)[1] * 1e6 / observe.head_of(data)
        return values
    return measure


# ---- memory ----

MEMORY_EVENTS = 10000000
MEMORY_ROLES = ("commands", "queries", "projector", "saga")


def memory(place):
    """The private memory of each role after a load, on a long log."""
    data = place.new_log("data", rig.events(MEMORY_EVENTS))
    place.rebuild(data, queries.MODEL)

    def measure(pair):
        roles = {"commands": place.start_role("commands", data)}
        roles["queries"] = place.start_role("queries", data)
        roles["projector"] = place.start_role("projector", data, queries.MODEL)
        roles["saga"] = place.start_role("saga", data, "--to", roles["commands"][1])
        load.wrk(*roles["commands"], "commands.lua", "create", pair, duration=rig.seconds(5))
        load.wrk(*roles["queries"], "point_query.lua", queries.ORDERS, duration=rig.seconds(5))
        observe.wait_until_caught_up(place.program, data, [queries.MODEL])
        values = {f"memory_{role}": observe.private_mib(process.pid) for role, (process, _) in roles.items()}
        place.end_all()
        return values
    return measure


ROWS = [
    rig.Row("cost", cost, None, [
        rig.Figure("cost_disk", "bytes of the log per event, without its JSON", "bytes"),
        rig.Figure("cost_commands", "processor time per million `order create`", "s"),
        rig.Figure("cost_queries", "processor time per million point queries", "s"),
        rig.Figure("cost_relay", "processor time per million events published to RabbitMQ", "s"),
        *(rig.Figure(f"cost_{model}", f"processor time per million events that `annal rebuild {model}` reads",
                     "s") for model in MODELS)], needs=("wrk", "curl", "rabbitmq-server")),
    rig.Row("memory", memory, None, [
        rig.Figure(f"memory_{role}", f"private memory of `annal {role}` with 10⁷ events", "MiB", "≤ 64 MiB")
        for role in MEMORY_ROLES], needs=("wrk",)),
]
