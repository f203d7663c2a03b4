-- The event store and the read model of the SQLite peers, in one file.
CREATE TABLE IF NOT EXISTS streams (
  stream   INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  id       TEXT NOT NULL,
  UNIQUE (category, id)
) STRICT;

CREATE TABLE IF NOT EXISTS events (
  position INTEGER PRIMARY KEY,
  stream   INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  type     TEXT NOT NULL,
  time     INTEGER NOT NULL,   -- microseconds since 1970
  id       TEXT NOT NULL,
  data     TEXT NOT NULL,
  meta     TEXT NOT NULL,
  UNIQUE (stream, version)
) STRICT;

CREATE TABLE IF NOT EXISTS order_summary (
  order_id    TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL,
  status      TEXT NOT NULL,
  item_count  INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  currency    TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL,
  version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS order_summary_by_customer ON order_summary (customer_id, updated_at);
CREATE INDEX IF NOT EXISTS order_summary_by_status ON order_summary (status, updated_at);
