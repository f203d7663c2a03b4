SELECT d.stream, d.position, p.type, p.id, d.reason, d.tries, d.parked_at,
       (SELECT count(*) FROM annal_parked w WHERE w.stream = d.stream) - 1
  FROM annal_dead_letters d JOIN annal_parked p ON p.position = d.position
 WHERE d.stream = ?1;
