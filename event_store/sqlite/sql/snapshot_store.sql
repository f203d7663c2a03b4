INSERT OR REPLACE INTO snapshots (stream, version, format, catalogue, state)
VALUES (?1, ?2, ?3, ?4, ?5)
