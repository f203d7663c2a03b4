INSERT INTO runner (one, id, log_id, position, hash) VALUES (1, ?1, ?2, ?3, ?4)
