SELECT id, (SELECT max(version) FROM events WHERE events.stream = streams.stream)
  FROM streams
 WHERE category = ?1 AND id > ?2
 ORDER BY id
 LIMIT ?3
