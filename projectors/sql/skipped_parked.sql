SELECT d.stream
  FROM annal_dead_letters d JOIN annal_skipped s ON s.position = d.position
 LIMIT 1;
