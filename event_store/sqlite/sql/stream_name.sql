SELECT category || '/' || id FROM streams WHERE stream = ?1
