DELETE FROM outbox WHERE number = ?1 RETURNING saga, kind, category, target, command
