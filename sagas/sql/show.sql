SELECT sagas.number, sagas.saga, id, phase, step, reason, started_us, updated_us, version, facts, timers.due_us
  FROM sagas LEFT JOIN timers ON timers.saga = sagas.number
 WHERE id = ?1 AND (?2 = '' OR sagas.saga = ?2) ORDER BY sagas.saga LIMIT 1
