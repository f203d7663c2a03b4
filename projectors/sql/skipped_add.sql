INSERT OR IGNORE INTO annal_skipped (position, stream, type, reason, skipped_at)
VALUES (?1, ?2, ?3, ?4, ?5);
