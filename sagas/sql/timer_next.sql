SELECT saga, due_us FROM timers ORDER BY due_us LIMIT 1
