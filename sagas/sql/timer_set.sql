INSERT INTO timers (saga, due_us) VALUES (?1, ?2) ON CONFLICT (saga) DO UPDATE SET due_us = ?2
