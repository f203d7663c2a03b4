INSERT INTO annal_parked (position, stream, version, time_us, type, id, data, meta)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
