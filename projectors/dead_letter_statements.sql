-- The statements of dead letters, parked events and skipped positions. base/statement_set.h says how they are found.

-- ---- streams that are parked ----

-- name: dead_letter_streams
SELECT stream FROM annal_dead_letters;

-- name: dead_letter_is
SELECT 1 FROM annal_dead_letters WHERE stream = ?1;

-- name: dead_letter_add
INSERT INTO annal_dead_letters (stream, position, reason, tries, parked_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (stream) DO UPDATE
   SET tries = CASE WHEN position = excluded.position THEN tries ELSE 0 END + excluded.tries,
       position = excluded.position, reason = excluded.reason;

-- name: dead_letter_remove
DELETE FROM annal_dead_letters WHERE stream = ?1;

-- name: dead_letter_list
SELECT d.stream, d.position, p.type, p.id, d.reason, d.tries, d.parked_at,
       (SELECT count(*) FROM annal_parked w WHERE w.stream = d.stream) - 1
  FROM annal_dead_letters d JOIN annal_parked p ON p.position = d.position
 WHERE d.stream > ?1
 ORDER BY d.stream
 LIMIT ?2;

-- name: dead_letter_one
SELECT d.stream, d.position, p.type, p.id, d.reason, d.tries, d.parked_at,
       (SELECT count(*) FROM annal_parked w WHERE w.stream = d.stream) - 1
  FROM annal_dead_letters d JOIN annal_parked p ON p.position = d.position
 WHERE d.stream = ?1;

-- ---- their events ----

-- name: parked_add
INSERT INTO annal_parked (position, stream, version, time_us, type, id, data, meta)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: parked_first
SELECT position, stream, version, time_us, type, id, data, meta
  FROM annal_parked
 WHERE stream = ?1
 ORDER BY position
 LIMIT 1;

-- name: parked_remove
DELETE FROM annal_parked WHERE position = ?1;

-- name: parked_bytes
SELECT coalesce(sum(length(stream) + length(type) + length(id) + length(data) + length(meta)), 0)
  FROM annal_parked;

-- ---- skipped positions ----

-- name: skipped_add
INSERT OR IGNORE INTO annal_skipped (position, stream, type, reason, skipped_at)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: skipped_after
SELECT position FROM annal_skipped WHERE position > ?1 ORDER BY position LIMIT 1;

-- name: skipped_is
SELECT 1 FROM annal_skipped WHERE position = ?1;

-- name: skipped_all
SELECT position, stream, type, reason, skipped_at FROM annal_skipped;

-- name: skipped_list
SELECT position, stream, type, reason, skipped_at
  FROM annal_skipped
 WHERE position > ?1
 ORDER BY position
 LIMIT ?2;

-- name: skipped_parked
SELECT d.stream
  FROM annal_dead_letters d JOIN annal_skipped s ON s.position = d.position
 LIMIT 1;
