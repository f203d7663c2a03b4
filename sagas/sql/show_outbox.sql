SELECT kind, category, target, command, first_sent_us FROM outbox WHERE saga = ?1 ORDER BY number
