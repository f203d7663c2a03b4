SELECT outbox.number, outbox.kind, category, target, command, body, idempotency, message,
       outbox.correlation, outbox.traceparent, first_sent_us, sagas.saga
  FROM outbox JOIN sagas ON sagas.number = outbox.saga
 WHERE outbox.number > ?1 ORDER BY outbox.number LIMIT ?2
