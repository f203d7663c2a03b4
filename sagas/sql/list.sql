SELECT saga, id, phase, step, reason, started_us, updated_us, version
  FROM sagas
 WHERE (?1 = '' OR phase = ?1) AND (?1 <> '' OR ?2 OR phase <> 'ended')
 ORDER BY updated_us DESC, number DESC LIMIT ?3
