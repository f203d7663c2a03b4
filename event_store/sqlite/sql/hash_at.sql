SELECT hash FROM events WHERE position = ?1
