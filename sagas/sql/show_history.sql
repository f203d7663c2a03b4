SELECT at_us, kind, what FROM history WHERE saga = ?1 ORDER BY number
