SELECT number, kind, category, target, command, body, idempotency, message, correlation, traceparent, first_sent_us
  FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2
