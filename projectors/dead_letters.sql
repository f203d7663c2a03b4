-- In every generation of a read model: events that its handlers could not apply, and the later events of
-- their streams. See projectors/dead_letters.h.

-- A parked stream; its poison event is the first of its parked ones.
CREATE TABLE IF NOT EXISTS annal_dead_letters (
  stream    TEXT PRIMARY KEY,
  position  INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  tries     INTEGER NOT NULL,
  parked_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The poison event and all later ones of its stream.
CREATE TABLE IF NOT EXISTS annal_parked (
  position INTEGER PRIMARY KEY,
  stream   TEXT NOT NULL,
  version  INTEGER NOT NULL,
  time_us  INTEGER NOT NULL,
  type     TEXT NOT NULL,
  id       TEXT NOT NULL,
  data     TEXT NOT NULL,
  meta     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS annal_parked_by_stream ON annal_parked (stream, position);

-- Events that an operator skipped. Copied into every later generation.
CREATE TABLE IF NOT EXISTS annal_skipped (
  position   INTEGER PRIMARY KEY,
  stream     TEXT NOT NULL,
  type       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  skipped_at TEXT NOT NULL
) STRICT;
