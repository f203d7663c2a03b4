DELETE FROM outbox WHERE number = ?1 AND first_sent_us IS NULL
