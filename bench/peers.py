"""annal beside what people would write instead: the order services in Node of bench/peers, over SQLite and PostgreSQL.

Each row has a figure for each peer, and one, with the name of the row, for the fastest peer of each pair."""
import dataclasses
import json
import os
import urllib.request

import commands
import load
import observe
import rig
from peer_stores import SOURCES, Postgresql, PostgresqlStore, SqliteStore

COMMAND_SCHEMA = os.path.join(rig.SOURCE, "shop", "schemas", "commands", "order.create.json")
MODEL = "order_summary"
EVENTS = 500000
EVENTS_PER_COMMAND = 2.5
ORDERS = 1000  # read by point queries

COUNTS = "SELECT (SELECT count(*) FROM streams), count(*) FROM events"
BYTES = """SELECT sum(length(CAST(id AS text)) + length(CAST(data AS text)) + length(CAST(meta AS text)))
    FROM events"""
ROWS_OF_MODEL = f"SELECT * FROM {MODEL} ORDER BY order_id"


@dataclasses.dataclass
class Peer:
    """A service or script of bench/peers; `options` are its own."""
    name: str
    what: str
    engine: str
    options: tuple = ()


WRITERS = (Peer("sqlite", "SQLite, a transaction per command", "sqlite"),
           Peer("group", "SQLite, group commit", "sqlite", ("--group",)),
           Peer("postgresql", "PostgreSQL", "postgresql"))
READERS = (Peer("sqlite", "SQLite", "sqlite"),
           Peer("cluster", "SQLite, two processes", "sqlite", ("--processes", "2")),
           Peer("postgresql", "PostgreSQL", "postgresql"))
REBUILDERS = (Peer("statements", "SQLite, statements per event", "sqlite"),
              Peer("memory", "SQLite, rows in memory", "sqlite", ("memory",)),
              Peer("postgresql", "PostgreSQL, rows in memory", "postgresql"))


def npm_packages():
    """The packages of the peers and their versions, which package-lock.json repeats."""
    with open(os.path.join(SOURCES, "package.json"), encoding="utf-8") as file:
        return ", ".join(f"{name} {version}" for name, version in json.load(file)["dependencies"].items())


class Peers:
    """The installed services, and PostgreSQL, in a workplace."""

    def __init__(self, place):
        self.place = place
        self.directory = os.path.join(place.program.build, "peers")
        if not os.environ.get("BENCH_BUILD"):
            rig.output_of(os.path.join(SOURCES, "install.sh"), place.program.build)
        self.postgresql = Postgresql(place)
        place.servers.append(self.postgresql)
        self.made = 0

    def new_store(self, engine):
        self.made += 1
        if engine == "postgresql":
            return PostgresqlStore(self.postgresql, f"peer{self.made}")
        return SqliteStore(self.place.path(f"peer{self.made}.db"))

    def start(self, peer, store, *options):
        return self.place.start_server(f"peer-{peer.name}", "node", os.path.join(self.directory, "service.mjs"),
                                       "--store", store.url, "--schema", COMMAND_SCHEMA, *peer.options, *options)

    def cpu_us(self, server):
        """The processor time of a service and of PostgreSQL, which is idle unless the service uses it."""
        return observe.cpu_us(server.pid) + observe.cpu_us(self.postgresql.pid)


# ---- figures ----

def figures_of(row, what, unit, wanted, peers, cpu_what):
    """The figures of a row: the fastest peer, each peer, and the processor time beside each."""
    return [rig.Figure(row, what, unit, wanted, "the fastest of the peers"),
            *(rig.Figure(f"{row}_{peer.name}", "the same", unit, baseline=peer.what) for peer in peers),
            *(rig.Figure(f"{row}_{peer.name}_cpu", f"processor time per {cpu_what}", "µs",
                         baseline=peer.what)
              for peer in peers)]


def ours(row, peers, per_second, cpu_us):
    """The values of annal: the same beside every peer."""
    return {row: per_second, **{f"{row}_{peer.name}": per_second for peer in peers},
            **{f"{row}_{peer.name}_cpu": cpu_us for peer in peers}}


def theirs(row, peers, measure):
    """The values of the peers; `measure(peer)` returns a figure per second and a processor time."""
    values = {}
    for peer in peers:
        values[f"{row}_{peer.name}"], values[f"{row}_{peer.name}_cpu"] = measure(peer)
    values[row] = max(values[f"{row}_{peer.name}"] for peer in peers)
    return values


# ---- commands, alone and with their rows ----

def check_stored(peer, store, acknowledged, with_rows):
    """Checks that each acknowledged order is stored with its items; returns the bytes of texts per event."""
    (orders, events), = store.ask(COUNTS)
    least, most = acknowledged, acknowledged + 2 * rig.CONNECTIONS
    if not least <= orders <= most or not 2.4 < events / orders < 2.6:
        raise rig.Failed(f"{peer.what}: {acknowledged} orders were acknowledged, {orders} are stored, with "
                         f"{events} events")
    (rows, items), = store.ask(f"SELECT count(*), coalesce(sum(item_count), 0) FROM {MODEL}")
    if with_rows and (rows, items) != (orders, events - orders):
        raise rig.Failed(f"{peer.what}: {orders} orders with {events - orders} items have {rows} rows with "
                         f"{items} items")
    return store.ask(BYTES)[0][0] / events


def measure_commands(peers, peer, pair, with_rows):
    """Loads a service with a new store, after a second in which Node compiles."""
    store = peers.new_store(peer.engine)
    server, url = peers.start(peer, store, *(["--row"] if with_rows else []))
    warm = load.wrk(server, url, "commands.lua", "create", pair + 1000, duration=1)
    before_us = peers.cpu_us(server)
    report = load.wrk(server, url, "commands.lua", "create", pair, duration=rig.seconds(4))
    cpu_us = (peers.cpu_us(server) - before_us) / report["requests"]
    peers.place.end(server)
    size = check_stored(peer, store, warm["requests"] + report["requests"], with_rows)
    return report["per_second"], cpu_us, size


def peer_commands(row, with_rows):
    def setup(place):
        peers = Peers(place)

        def measure(pair):
            sizes = []

            def measure_peer(peer):
                per_second, cpu_us, size = measure_commands(peers, peer, pair, with_rows)
                sizes.append(size)
                return per_second, cpu_us
            return {**theirs(row, WRITERS, measure_peer), "bytes_per_event": max(sizes)}
        return measure
    return setup


def annal_commands(row, follower):
    """What the follower has not yet applied when the last command is answered counts: its time is part of the run."""
    def setup(place):
        def measure(pair):
            report = commands.measure_on(place, place.new_directory("data"), pair, follower)
            cpu_us = report["cpu_us"] + report.get("projection_us", 0) * EVENTS_PER_COMMAND
            per_second = report["requests"] * 1e6 / (report["us"] + report.get("behind_us", 0))
            # The hash, which look_at_log counts as 32 bytes, is annal's alone.
            return {**ours(row, WRITERS, per_second, cpu_us),
                    "bytes_per_event": report["bytes_per_event"] - 32}
        return measure
    return setup


# ---- the same log in every store ----

def copy_log(data, store):
    """Fills a peer's store with the events of a log."""
    log = os.path.join(data, "events.db")
    store.load(observe.read_all(log, "SELECT stream, category, id FROM streams"),
               observe.read_all(log, """SELECT position, stream, version, types.name, time, events.id, data, meta
                   FROM events JOIN types USING (type)"""))


def rebuild_peer(peers, peer, store):
    """Returns the seconds of a rebuild and its processor seconds, with those of PostgreSQL."""
    before_us = observe.cpu_us(peers.postgresql.pid)
    took, cpu = rig.timed("node", os.path.join(peers.directory, "rebuild.mjs"), store.url, *peer.options)
    return took, cpu + (observe.cpu_us(peers.postgresql.pid) - before_us) / 1e6


class Shop:
    """A shop's log, annal's rows of it, and the same log in a store of each engine."""

    def __init__(self, place):
        self.peers = Peers(place)
        self.data = place.new_log("data", rig.events(EVENTS))
        self.events = observe.head_of(self.data)
        place.rebuild(self.data, MODEL)
        self.stores = {engine: self.peers.new_store(engine) for engine in ("sqlite", "postgresql")}
        for store in self.stores.values():
            copy_log(self.data, store)

    def rebuild(self, peer):
        """Rebuilds the peer's rows, which must then be annal's."""
        store = self.stores[peer.engine]
        seconds = rebuild_peer(self.peers, peer, store)
        wanted = observe.read_all(os.path.join(self.data, "read", MODEL + ".db"), ROWS_OF_MODEL)
        found = store.ask(ROWS_OF_MODEL)
        if wanted != found:
            odd = next((pair for pair in zip(wanted, found) if pair[0] != pair[1]), "at the end")
            raise rig.Failed(f"{peer.what}: {len(found)} rows, annal has {len(wanted)}; different: {odd}")
        return seconds


def annal_rebuild(place):
    data = place.new_log("data", rig.events(EVENTS))
    events = observe.head_of(data)

    def measure(_):
        took, cpu = place.rebuild(data, MODEL)
        return ours("peer_rebuild", REBUILDERS, events / took, cpu * 1e6 / events)
    return measure


def peer_rebuild(place):
    shop = Shop(place)

    def measure_peer(peer):
        took, cpu = shop.rebuild(peer)
        return shop.events / took, cpu * 1e6 / shop.events
    return lambda _: theirs("peer_rebuild", REBUILDERS, measure_peer)


# ---- queries ----

def read(url, order):
    with urllib.request.urlopen(f"{url}/read/{MODEL}/ORD-{order:08d}", timeout=10) as answer:
        return json.load(answer)


def measure_queries(url, server, cpu_us):
    before_us = cpu_us(server)
    report = load.wrk(server, url, "point_query.lua", ORDERS, duration=rig.seconds(4))
    return report["per_second"], (cpu_us(server) - before_us) / report["requests"]


def annal_queries(place):
    data = place.new_log("data", rig.events(EVENTS))
    place.rebuild(data, MODEL)
    server, url = place.start_role("queries", data)

    def measure(_):
        return ours("peer_queries", READERS, *measure_queries(url, server, lambda one: observe.cpu_us(one.pid)))
    return measure


def check_same(servers, url):
    """Checks that the services answer what annal answers."""
    for order in range(1, ORDERS + 1, 97):
        wanted = read(url, order)
        for name, (_, other) in servers.items():
            if read(other, order) != wanted:
                raise rig.Failed(f"{name}: {read(other, order)}, annal: {wanted}")


def peer_queries(place):
    shop = Shop(place)
    for engine in shop.stores:
        shop.rebuild(Peer(engine, engine, engine))
    servers = {peer.name: shop.peers.start(peer, shop.stores[peer.engine]) for peer in READERS}
    ours_server, url = place.start_role("queries", shop.data)
    check_same(servers, url)
    place.end(ours_server)

    def measure_peer(peer):
        server, url = servers[peer.name]
        return measure_queries(url, server, shop.peers.cpu_us)
    for peer in READERS:  # Node compiles
        measure_peer(peer)
    return lambda _: theirs("peer_queries", READERS, measure_peer)


ROWS = [
    rig.Row("peer_commands", annal_commands("peer_commands", None), peer_commands("peer_commands", False),
            figures_of("peer_commands", "durable `order create` beside services in Node", "commands/s", "≥ 2.5",
                       WRITERS, "command"), needs=("wrk",), same=("bytes_per_event",)),
    rig.Row("peer_followed", annal_commands("peer_followed", MODEL), peer_commands("peer_followed", True),
            figures_of("peer_followed", f"the same with a row of `{MODEL}`, which annal projects and the peers write "
                       "in the transaction", "commands/s", "≥ 2", WRITERS, "command"),
            needs=("wrk",), same=("bytes_per_event",)),
    rig.Row("peer_queries", annal_queries, peer_queries,
            figures_of("peer_queries", f"point queries, {ORDERS} keys", "requests/s", "≥ 1.5", READERS, "query"),
            needs=("wrk",)),
    rig.Row("peer_rebuild", annal_rebuild, peer_rebuild,
            figures_of("peer_rebuild", f"rebuild of `{MODEL}`", "events/s", "≥ 1.5", REBUILDERS, "event")),
]
