"""The stores of the peers: a file of SQLite, or a database of a private PostgreSQL."""
import contextlib
import csv
import glob
import io
import os
import pwd
import sqlite3

import observe
import rig

SOURCES = os.path.join(rig.BENCH, "peers")

# An operator would raise memory and WAL; with so much WAL no checkpoint falls into a measurement. Durability is
# PostgreSQL's default, written out.
SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "on",
            "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB",
            "max_wal_size": "4GB"}


def schema_of(engine):
    return os.path.join(SOURCES, engine + ".sql")


class SqliteStore:
    def __init__(self, path):
        self.path = path
        self.url = "sqlite:" + path

    def ask(self, sql):
        return observe.read_all(self.path, sql)

    def load(self, streams, events):
        with open(schema_of("sqlite"), encoding="utf-8") as file:
            schema = file.read()
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            database.executescript("PRAGMA journal_mode = WAL;" + schema)
            database.executemany("INSERT INTO streams VALUES (?, ?, ?)", streams)
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", events)
            database.commit()


class PostgresqlStore:
    def __init__(self, postgresql, name):
        self.name, self.url = name, postgresql.url(name)
        postgresql.psql("postgres", "-c", f"CREATE DATABASE {name}")
        self.psql = lambda *arguments, **options: postgresql.psql(name, *arguments, **options)
        self.psql("-f", schema_of("postgresql"))

    def ask(self, sql):
        """The rows of a query; integers as integers, the rest as text."""
        said = self.psql("--csv", "-t", "-c", sql)
        return [tuple(int(value) if value.isdigit() else value for value in row)
                for row in csv.reader(io.StringIO(said))]

    def load(self, streams, events):
        for table, rows in (("streams", streams), ("events", events)):
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            self.psql("-c", f"COPY {table} FROM STDIN (FORMAT csv)", input=text.getvalue())
        self.psql("-c", "VACUUM ANALYZE")


class Postgresql:
    """A private PostgreSQL on loopback, with its data directory in a workplace."""

    def __init__(self, place):
        self.directory = place.path("postgresql")
        self.port = rig.free_port()
        os.makedirs(self.directory, mode=0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            os.chmod(place.directory, 0o711)
        self.run("initdb", "-U", "peer", "--auth=trust", "--encoding=UTF8", "--locale=C")
        settings = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
        self.run("pg_ctl", "-w", "-l", os.path.join(self.directory, "log"), "-o",
                 f"-p {self.port} {settings}", "start")
        with open(os.path.join(self.directory, "postmaster.pid"), encoding="utf-8") as file:
            self.pid = int(file.readline())

    def run(self, name, *arguments):
        """Runs a program of PostgreSQL on the data directory, not as root, which it rejects."""
        found = glob.glob("/usr/lib/postgresql/*/bin/" + name)
        if not found:
            raise rig.Failed("PostgreSQL is not installed (deploy/install-packages.sh bench)")
        newest = max(found, key=lambda path: int(path.split("/")[4]))
        user = () if os.geteuid() else ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
        rig.output_of(*user, newest, "-D", self.directory, *arguments, cwd="/")

    def url(self, database):
        return f"postgresql://peer@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *arguments, **options):
        return rig.output_of("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database),
                             *arguments, **options)

    def close(self):
        """Ends the process whose pid is in the data directory."""
        self.run("pg_ctl", "-w", "-m", "fast", "stop")
