-- The statements of a read model's own tables and of the questions to its definition. base/statement_set.h says how
-- they are found.

-- ---- what a definition has ----

-- name: is_function
SELECT 1 FROM pragma_function_list WHERE name = lower(:name) LIMIT 1

-- name: list_tables
SELECT name FROM sqlite_schema
 WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid

-- name: list_columns
SELECT name, type, "notnull", pk, count(*) OVER () FROM pragma_table_xinfo(:table)
 WHERE hidden IN (0, 2, 3) ORDER BY cid

-- name: list_indexes
SELECT s.name, s.sql, l."unique"
  FROM sqlite_schema AS s JOIN pragma_index_list(s.tbl_name) AS l ON l.name = s.name
 WHERE s.type = 'index' AND s.sql IS NOT NULL ORDER BY s.rowid

-- name: find_index
SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = :name

-- name: find_key_index
SELECT 1 FROM pragma_index_list(:table) WHERE origin = 'pk' LIMIT 1

-- name: make_json_tables
SELECT 1 FROM json_each('[]') UNION ALL SELECT 1 FROM json_tree('[]') LIMIT 0

-- ---- what each generation keeps beside its rows ----

-- name: create
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

-- name: define
INSERT INTO annal_definition (one, name, hash, text) VALUES (1, :name, :hash, :text)

-- name: definition
SELECT name, hash, text FROM annal_definition WHERE one = 1

-- name: state
SELECT state, successor FROM annal_generation WHERE one = 1

-- name: set_state
UPDATE annal_generation SET state = :state, successor = :successor WHERE one = 1

-- name: checkpoint
SELECT log_id, position, hash FROM annal_checkpoint WHERE one = 1

-- name: set_checkpoint
UPDATE annal_checkpoint SET log_id = :log_id, position = :position, hash = :hash WHERE one = 1

-- name: upcaster
INSERT INTO annal_upcasters (type, text) VALUES (:type, :text)

-- name: upcasters
SELECT type, text FROM annal_upcasters ORDER BY type

-- name: has_upcasters
SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'annal_upcasters'

-- ---- reading ----

-- name: snapshot_open
-- For every connection that reads. A small cache: there is one per thread and model, and it is
-- dropped whenever a newer snapshot brings changes. No mapping of the file for the same reason:
-- SQLite unmaps all of it then, which costs more than reading a few pages.
PRAGMA cache_size = -1000;
PRAGMA mmap_size = 0;
