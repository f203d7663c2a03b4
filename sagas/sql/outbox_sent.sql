UPDATE outbox SET first_sent_us = coalesce(first_sent_us, ?3)
 WHERE number IN (SELECT number FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2)
