SELECT number, kind, category, target, command, body, idempotency, message, correlation, traceparent, first_sent_us,
       kind <> 'event' AND (SELECT abandoned FROM sagas WHERE sagas.number = outbox.saga)
  FROM outbox WHERE number > ?1 ORDER BY number LIMIT ?2
