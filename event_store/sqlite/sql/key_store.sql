-- REPLACE: the key may still be there, expired.
INSERT OR REPLACE INTO idempotency_keys
  (expires, key, fingerprint, status, version, position, correlation_id, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
