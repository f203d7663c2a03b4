INSERT INTO sagas (saga, id, version, phase, step, facts, correlation, traceparent, started_us, updated_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
ON CONFLICT DO NOTHING
RETURNING number
