SELECT position, stream, version, type, time, id, data, meta, hash
  FROM events
 WHERE stream = ?1 AND version >= ?2
 ORDER BY version
