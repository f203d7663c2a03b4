UPDATE outbox SET first_sent_us = first_sent_us + ?1 WHERE first_sent_us IS NOT NULL
