SELECT e.position, e.version, e.stream, e.type
  FROM foreign_events AS f
  JOIN events AS e ON e.position = f.position
 WHERE f.source = ?1 AND f.id = ?2
