SELECT log_id, position FROM annal_checkpoint
