DELETE FROM outbox WHERE number = ?1
