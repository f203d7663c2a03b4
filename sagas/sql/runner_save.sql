UPDATE runner SET log_id = ?1, position = ?2, hash = ?3
