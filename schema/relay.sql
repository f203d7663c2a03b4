-- relay.db, version 1: how far the relay of events has come. Written by that relay alone.
CREATE TABLE cursor (
  relay    TEXT PRIMARY KEY,
  log_id   TEXT NOT NULL,     -- of the log that the position is of
  position INTEGER NOT NULL,  -- everything up to it was confirmed by the broker
  hash     BLOB NOT NULL      -- of the event there
) STRICT, WITHOUT ROWID;
