SELECT position, stream, version, type, time, id, data, meta, hash
  FROM events
 WHERE position > ?1
 ORDER BY position
