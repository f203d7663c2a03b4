-- The last column, the hash of the event before in the log, is NULL for position 1.
SELECT position, stream, version, type, time, id, data, meta, hash,
       (SELECT before.hash FROM events AS before WHERE before.position = e.position - 1)
  FROM events AS e
 WHERE stream = ?1 AND version <= ?2
 ORDER BY version DESC
