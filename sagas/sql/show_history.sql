SELECT at_us, lines FROM history WHERE saga = ?1 ORDER BY number
