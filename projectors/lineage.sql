-- In every generation of a read model: where it comes from. See projectors/lineage.h.

-- Definitions that served before this one and must not come back by accident.
CREATE TABLE IF NOT EXISTS annal_superseded (
  definition    TEXT PRIMARY KEY,
  superseded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The boot during which the build began: the file is written without fsync until it is complete.
CREATE TABLE IF NOT EXISTS annal_build (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  boot_id TEXT NOT NULL
) STRICT;
