INSERT OR IGNORE INTO annal_superseded (definition, superseded_at) VALUES (?1, ?2);
