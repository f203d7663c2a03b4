INSERT INTO outbox (number, saga, kind, category, target, command, body, idempotency, message, correlation,
                    traceparent, first_sent_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, nullif(?12, 0))
