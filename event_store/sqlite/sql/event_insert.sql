INSERT OR FAIL INTO events (position, stream, version, type, time, id, data, meta, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
