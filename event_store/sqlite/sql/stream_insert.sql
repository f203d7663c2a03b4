INSERT OR FAIL INTO streams (stream, category, id) VALUES (?1, ?2, ?3)
