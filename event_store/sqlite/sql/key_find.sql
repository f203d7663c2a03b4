SELECT fingerprint, status, version, position, correlation_id, body
  FROM idempotency_keys
 WHERE key = ?1 AND expires > ?2
