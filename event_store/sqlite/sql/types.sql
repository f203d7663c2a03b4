SELECT type, name FROM types WHERE type > ?1 ORDER BY type
