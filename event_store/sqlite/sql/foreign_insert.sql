INSERT INTO foreign_events (source, id, position) VALUES (?1, ?2, ?3)
