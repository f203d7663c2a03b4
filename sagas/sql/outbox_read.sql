SELECT saga, kind, category, target, command FROM outbox WHERE number = ?1
