DELETE FROM timers WHERE saga = ?1
