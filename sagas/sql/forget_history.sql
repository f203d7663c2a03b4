DELETE FROM history WHERE saga = ?1
