SELECT stream FROM streams WHERE category = ?1 AND id = ?2
