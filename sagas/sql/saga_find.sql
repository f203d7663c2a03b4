SELECT number, saga, id, version, phase, step, reason, facts, due, pending, abandoned, sent, told,
       correlation, traceparent, wakes_us
  FROM sagas WHERE saga = ?1 AND id = ?2
