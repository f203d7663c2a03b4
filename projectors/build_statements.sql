-- The statements of how a generation is built, and of which builds it supersedes. base/statement_set.h says how they
-- are found.

-- name: begin
INSERT OR REPLACE INTO annal_build (one, boot_id) VALUES (1, ?1);

-- name: boot
SELECT boot_id FROM annal_build;

-- name: memory
-- While a generation is built: memory for the pages in use (24 MiB), and a WAL of up to 64 MiB, out of
-- which pages that are written many times are copied once.
PRAGMA cache_size = -24576;
PRAGMA wal_autocheckpoint = 16384;

-- name: memory_shared
-- The same when several are built at once: less for each, so that all stay within 64 MiB.
PRAGMA cache_size = -6144;
PRAGMA wal_autocheckpoint = 16384;

-- name: superseded_add
INSERT OR IGNORE INTO annal_superseded (definition, superseded_at) VALUES (?1, ?2);

-- name: superseded_is
SELECT 1 FROM annal_superseded WHERE definition = ?1;

-- name: superseded_list
SELECT definition, superseded_at FROM annal_superseded;

-- name: superseded_remove
DELETE FROM annal_superseded WHERE definition = ?1;
