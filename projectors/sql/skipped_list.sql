SELECT position, stream, type, reason, skipped_at
  FROM annal_skipped
 WHERE position > ?1
 ORDER BY position
 LIMIT ?2;
