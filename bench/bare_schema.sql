-- The schema of bare_commands: a frozen copy of event_store/sqlite/events.sql as it was at version 2, without the
-- triggers. It does not change when annal's schema changes, so that figures of different versions of annal compare.

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
  id       TEXT NOT NULL,
  UNIQUE (category, id)
) STRICT;

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

-- For the sqlite3 shell: SELECT * FROM event_log WHERE stream = 'account/ACC-1';
CREATE VIEW event_log AS
SELECT e.position, s.category || '/' || s.id AS stream, e.version, t.name AS type,
       strftime('%Y-%m-%dT%H:%M:%S', e.time / 1000000, 'unixepoch')
         || printf('.%06dZ', e.time % 1000000) AS time,
       e.id, e.data, e.meta, lower(hex(e.hash)) AS hash
  FROM events AS e
  JOIN streams AS s ON s.stream = e.stream
  JOIN types AS t ON t.type = e.type;
