-- The schema of the log, events.db: version 3 (PRAGMA user_version). It is created in one transaction;
-- a file of another version is rejected.
--
-- Invariant: rows of events, streams, types and external_events are added at the end, and never
-- changed or removed; positions and versions have no gap. The triggers reject every other change.
-- Events and streams are added by annal alone: only its writer has the function only_annal_appends(), and it
-- checks positions and versions once for each write set, which costs less than a condition for each row.

-- The identity of the log, made with the file.
CREATE TABLE log (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  log_id TEXT NOT NULL
) STRICT;

INSERT INTO log (one, log_id)
SELECT 1, lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-'
                || substr('89AB', 1 + (random() & 3), 1) || substr(h, 18, 3) || '-' || substr(h, 21))
  FROM (SELECT hex(randomblob(16)) AS h);

-- Names are written once; events carry the numbers. Numbers run 1, 2, 3 ….
CREATE TABLE streams (
  stream   INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  id       TEXT NOT NULL
) STRICT;

-- Streams by name. A new stream is added to it later, together with others whose names are near: one row in
-- every page of the index would be most of what a command writes (stream_names.c).
CREATE TABLE stream_names (
  category TEXT NOT NULL,
  id       TEXT NOT NULL,
  stream   INTEGER NOT NULL,
  PRIMARY KEY (category, id)
) STRICT, WITHOUT ROWID;

-- All streams up to this number are in stream_names; some with higher numbers are too.
CREATE TABLE stream_names_complete (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  through INTEGER NOT NULL
) STRICT;
INSERT INTO stream_names_complete (one, through) VALUES (1, 0);

CREATE TABLE types (
  type INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream   INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  type     INTEGER NOT NULL,
  time     INTEGER NOT NULL,   -- microseconds since 1970, never earlier than the event before
  id       TEXT NOT NULL,
  data     TEXT NOT NULL,      -- JSON
  meta     TEXT NOT NULL,      -- a JSON object: CloudEvents attributes that are not columns
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);

-- Source and id of external events: the same pair is always the same event.
CREATE TABLE external_events (
  source   TEXT NOT NULL,
  id       TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

-- The latest snapshot of a stream's state, so that fewer events are folded. Rows may be removed at any time.
CREATE TABLE snapshots (
  stream    INTEGER PRIMARY KEY,
  version   INTEGER NOT NULL,
  format    INTEGER NOT NULL,  -- of the aggregate's state
  catalogue TEXT NOT NULL,     -- hash of the event schemas it was folded with
  state     TEXT NOT NULL      -- JSON
) STRICT;

-- The first answer to each Idempotency-Key, returned to a repeat. Numbers grow with time, so that
-- the oldest, which expire first, are found without another index. The checks reject values that
-- no answer has.
CREATE TABLE idempotency_keys (
  number         INTEGER PRIMARY KEY,
  expires        INTEGER NOT NULL CHECK (expires BETWEEN 0 AND 1 << 62),  -- by the key clock, in us
  key            TEXT NOT NULL UNIQUE,
  fingerprint    BLOB NOT NULL,     -- SHA-256 of the request
  outcome        TEXT NOT NULL,     -- 'ok', or the slug of the error
  began          INTEGER NOT NULL,  -- 1: one of the events is the first of its stream
  stream         TEXT NOT NULL,     -- '' if the command was refused, as events is '[]' then
  version        INTEGER NOT NULL CHECK (version >= 0),
  position       INTEGER NOT NULL CHECK (position >= 0),
  events         TEXT NOT NULL,     -- JSON: [["<id>","<type>",<position>],…]
  correlation_id TEXT NOT NULL CHECK (length(correlation_id) <= 128),
  detail         TEXT NOT NULL,     -- why it was refused; '' if it was not, as trace_id then
  trace_id       TEXT NOT NULL
) STRICT;

-- How far each relay has published the log.
CREATE TABLE cursors (
  name     TEXT PRIMARY KEY,
  position INTEGER NOT NULL,  -- the broker has confirmed the events up to here
  hash     BLOB NOT NULL CHECK (length(hash) = 32)  -- of the event there
) STRICT, WITHOUT ROWID;

-- Written by the fence after a failed COMMIT (event_store/sqlite/log_store.c).
CREATE TABLE fence (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  raised INTEGER NOT NULL,
  time   INTEGER NOT NULL
) STRICT;
INSERT INTO fence (one, raised, time) VALUES (1, 0, 0);

-- REPLACE deletes rows without firing DELETE triggers (unless recursive_triggers is on): an insert
-- that could replace a row is rejected first.
CREATE TRIGGER events_are_added_by_annal BEFORE INSERT ON events
WHEN NOT only_annal_appends()
BEGIN SELECT RAISE(FAIL, 'only annal appends'); END;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

CREATE TRIGGER streams_are_added_by_annal BEFORE INSERT ON streams
WHEN NOT only_annal_appends()
BEGIN SELECT RAISE(FAIL, 'only annal appends'); END;
CREATE TRIGGER streams_are_never_changed BEFORE UPDATE ON streams
BEGIN SELECT RAISE(ABORT, 'streams are never changed'); END;
CREATE TRIGGER streams_are_never_removed BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'streams are never removed'); END;

CREATE TRIGGER stream_names_are_never_changed BEFORE UPDATE ON stream_names
BEGIN SELECT RAISE(ABORT, 'stream names are never changed'); END;
CREATE TRIGGER stream_names_are_never_removed BEFORE DELETE ON stream_names
BEGIN SELECT RAISE(ABORT, 'stream names are never removed'); END;

CREATE TRIGGER types_are_added_at_the_end BEFORE INSERT ON types
WHEN NEW.type IS NOT (SELECT coalesce(max(type), 0) + 1 FROM types)
  OR EXISTS (SELECT 1 FROM types WHERE name = NEW.name)
BEGIN SELECT RAISE(FAIL, 'types are added at the end, once each'); END;
CREATE TRIGGER types_are_never_changed BEFORE UPDATE ON types
BEGIN SELECT RAISE(ABORT, 'types are never changed'); END;
CREATE TRIGGER types_are_never_removed BEFORE DELETE ON types
BEGIN SELECT RAISE(ABORT, 'types are never removed'); END;

CREATE TRIGGER external_events_are_added_once BEFORE INSERT ON external_events
WHEN EXISTS (SELECT 1 FROM external_events WHERE source = NEW.source AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a source and id are added once'); END;
CREATE TRIGGER external_events_are_never_changed BEFORE UPDATE ON external_events
BEGIN SELECT RAISE(ABORT, 'external events are never changed'); END;
CREATE TRIGGER external_events_are_never_removed BEFORE DELETE ON external_events
BEGIN SELECT RAISE(ABORT, 'external events are never removed'); END;

CREATE TRIGGER log_id_is_made_once BEFORE INSERT ON log
WHEN EXISTS (SELECT 1 FROM log)
BEGIN SELECT RAISE(ABORT, 'the log id is made once'); END;
CREATE TRIGGER log_id_is_never_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log id is never changed'); END;
CREATE TRIGGER log_id_is_never_removed BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log id is never removed'); END;

-- For the sqlite3 shell: SELECT * FROM event_log WHERE stream = 'account/ACC-1';
CREATE VIEW event_log AS
SELECT e.position, s.category || '/' || s.id AS stream, e.version, t.name AS type,
       strftime('%Y-%m-%dT%H:%M:%S', e.time / 1000000, 'unixepoch')
         || printf('.%06dZ', e.time % 1000000) AS time,
       e.id, e.data, e.meta, lower(hex(e.hash)) AS hash
  FROM events AS e
  JOIN streams AS s ON s.stream = e.stream
  JOIN types AS t ON t.type = e.type;
