UPDATE annal_checkpoint SET log_id = :log_id, position = :position, hash = :hash WHERE one = 1
