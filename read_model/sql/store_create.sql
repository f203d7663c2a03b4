-- What annal keeps beside the model's own tables; one row each, but for upcasters.
CREATE TABLE annal_checkpoint (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  log_id   TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 0),
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO annal_checkpoint VALUES (1, '', 0, zeroblob(32));
CREATE TABLE annal_definition (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE annal_upcasters (
  type TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE annal_generation (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  state     TEXT NOT NULL CHECK (state IN ('building', 'ready', 'serving', 'retired')),
  successor INTEGER NOT NULL
) STRICT;
INSERT INTO annal_generation VALUES (1, 'building', 0);
