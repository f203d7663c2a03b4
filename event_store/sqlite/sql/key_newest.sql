SELECT expires FROM idempotency_keys ORDER BY number DESC LIMIT 1
