INSERT INTO outbox (saga, kind, category, target, command, body, idempotency, message, correlation, traceparent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
RETURNING number
