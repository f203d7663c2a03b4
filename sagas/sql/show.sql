SELECT number, saga, id, phase, step, reason, started_us, updated_us, version, facts, wakes_us, forgotten
  FROM sagas WHERE id = ?1 AND (?2 = '' OR saga = ?2) ORDER BY saga
