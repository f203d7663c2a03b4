SELECT expires FROM idempotency_keys ORDER BY number LIMIT 1
