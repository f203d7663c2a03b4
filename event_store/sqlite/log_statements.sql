-- The statements of events.db. base/statement_set.h says how they are found.

-- ---- the log and its head ----

-- name: log_id
SELECT log_id FROM log

-- name: head
SELECT position, time, hash FROM events ORDER BY position DESC LIMIT 1

-- name: hash_at
SELECT hash FROM events WHERE position = ?1

-- ---- streams and types ----

-- name: stream_find
SELECT stream FROM temp.recent_streams WHERE category = ?1 AND id = ?2
UNION ALL
SELECT stream FROM stream_names WHERE category = ?1 AND id = ?2
LIMIT 1

-- name: stream_insert
INSERT OR FAIL INTO streams (stream, category, id) VALUES (?1, ?2, ?3)

-- name: stream_last
SELECT coalesce(max(stream), 0) FROM streams

-- name: stream_name
SELECT category || '/' || id FROM streams WHERE stream = ?1

-- name: stream_version
SELECT coalesce(max(version), 0) FROM events WHERE stream = ?1

-- name: streams_of_category
SELECT id, (SELECT max(version) FROM events WHERE events.stream = named.stream)
  FROM (SELECT id, stream FROM stream_names WHERE category = ?1 AND id > ?2
        UNION
        SELECT id, stream FROM temp.recent_streams WHERE category = ?1 AND id > ?2
        ORDER BY id
        LIMIT ?3) AS named
 ORDER BY id

-- ---- streams by name: the index on disk, and the recent streams in memory (stream_names.c) ----

-- name: names_through
SELECT through FROM stream_names_complete

-- name: names_set_through
UPDATE stream_names_complete SET through = ?1

-- name: recent_add
-- FAIL, because ABORT needs a journal of the statement; the caller rolls back, or loads again.
INSERT OR FAIL INTO temp.recent_streams (category, id, stream)
SELECT category, id, stream FROM streams WHERE stream > ?1 AND stream <= ?2

-- name: recent_clear
DELETE FROM temp.recent_streams

-- name: recent_slice_end
-- The last of the next ?3 names of the round.
SELECT category, id
  FROM (SELECT category, id FROM temp.recent_streams
         WHERE (category, id) > (?1, ?2) AND stream <= ?4
         ORDER BY category, id
         LIMIT ?3)
 ORDER BY category DESC, id DESC
 LIMIT 1

-- name: names_add_slice
-- Those of a round that was not finished when the log was closed may be in the index already.
INSERT OR FAIL INTO stream_names (category, id, stream)
SELECT category, id, stream FROM temp.recent_streams AS recent
 WHERE (category, id) > (?1, ?2) AND (category, id) <= (?3, ?4) AND stream <= ?5
   AND NOT EXISTS (SELECT 1 FROM stream_names AS named
                    WHERE named.category = recent.category AND named.id = recent.id
                      AND named.stream = recent.stream)
 ORDER BY category, id

-- name: recent_remove_slice
DELETE FROM temp.recent_streams
 WHERE (category, id) > (?1, ?2) AND (category, id) <= (?3, ?4) AND stream <= ?5

-- name: types
SELECT type, name FROM types WHERE type > ?1 ORDER BY type

-- name: type_insert
INSERT OR FAIL INTO types (type, name) VALUES (?1, ?2)

-- ---- events ----

-- name: event_insert
INSERT OR FAIL INTO events (position, stream, version, type, time, id, data, meta, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)

-- name: events_after
SELECT position, stream, version, type, time, id, data, meta, hash
  FROM events
 WHERE position > ?1
 ORDER BY position

-- name: stream_forward
-- The last column, the hash of the event before in the log, is NULL for position 1.
SELECT position, stream, version, type, time, id, data, meta, hash,
       (SELECT before.hash FROM events AS before WHERE before.position = e.position - 1)
  FROM events AS e
 WHERE stream = ?1 AND version >= ?2
 ORDER BY version

-- name: stream_backward
-- The last column, the hash of the event before in the log, is NULL for position 1.
SELECT position, stream, version, type, time, id, data, meta, hash,
       (SELECT before.hash FROM events AS before WHERE before.position = e.position - 1)
  FROM events AS e
 WHERE stream = ?1 AND version <= ?2
 ORDER BY version DESC

-- name: version_gap
-- The first event from position ?1 to ?2 whose stream does not have the previous version at an earlier position.
SELECT position
  FROM events AS e
 WHERE position BETWEEN ?1 AND ?2
   AND version IS NOT 1
   AND NOT EXISTS (SELECT 1 FROM events AS before
                    WHERE before.stream = e.stream AND before.version = e.version - 1
                      AND before.position < e.position)
 ORDER BY position
 LIMIT 1

-- ---- snapshots of aggregates ----

-- name: snapshot_find
-- The join leaves out a snapshot of events that the log does not have.
SELECT s.version, s.format, s.catalogue, e.time, s.state
  FROM snapshots AS s
  JOIN events AS e ON e.stream = s.stream AND e.version = s.version
 WHERE s.stream = ?1

-- name: snapshot_store
INSERT OR REPLACE INTO snapshots (stream, version, format, catalogue, state)
VALUES (?1, ?2, ?3, ?4, ?5)

-- ---- answers under idempotency keys ----

-- name: key_find
SELECT fingerprint, outcome, began, stream, version, position, events, correlation_id, detail, trace_id
  FROM idempotency_keys
 WHERE key = ?1 AND expires > ?2

-- name: key_store
-- REPLACE: the row of the expired key may not have been cleaned yet.
INSERT OR REPLACE INTO idempotency_keys
  (expires, key, fingerprint, outcome, began, stream, version, position, events, correlation_id, detail,
   trace_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)

-- name: key_oldest
SELECT expires FROM idempotency_keys ORDER BY number LIMIT 1

-- name: key_newest
SELECT expires FROM idempotency_keys ORDER BY number DESC LIMIT 1

-- name: key_clean
DELETE FROM idempotency_keys
 WHERE number IN (SELECT number FROM idempotency_keys ORDER BY number LIMIT ?1)
   AND expires <= ?2

-- ---- external events ----

-- name: external_find
SELECT e.position, e.version, e.stream, e.type
  FROM external_events AS x
  JOIN events AS e ON e.position = x.position
 WHERE x.source = ?1 AND x.id = ?2

-- name: external_insert
INSERT INTO external_events (source, id, position) VALUES (?1, ?2, ?3)

-- ---- cursors of relays ----

-- name: cursor_find
SELECT position, hash FROM cursors WHERE name = ?1

-- name: cursor_store
INSERT OR REPLACE INTO cursors (name, position, hash) VALUES (?1, ?2, ?3)

-- ---- the fence ----

-- name: fence_raise
UPDATE fence SET raised = raised + 1, time = ?1
