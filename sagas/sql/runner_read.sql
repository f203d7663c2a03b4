SELECT id, log_id, position, hash FROM runner
