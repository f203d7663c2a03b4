SELECT position FROM annal_skipped WHERE position > ?1 ORDER BY position LIMIT 1;
