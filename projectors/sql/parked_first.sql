SELECT position, stream, version, time_us, type, id, data, meta
  FROM annal_parked
 WHERE stream = ?1
 ORDER BY position
 LIMIT 1;
