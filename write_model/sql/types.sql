SELECT type, name FROM types ORDER BY type
