SELECT log_id, position, hash FROM annal_checkpoint WHERE one = 1
