INSERT INTO annal_dead_letters (stream, position, reason, tries, parked_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (stream) DO UPDATE
   SET tries = CASE WHEN position = excluded.position THEN tries ELSE 0 END + excluded.tries,
       position = excluded.position, reason = excluded.reason;
