SELECT log_id, position, hash FROM cursor WHERE relay = 'events'
