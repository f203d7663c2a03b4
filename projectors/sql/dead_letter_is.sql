SELECT 1 FROM annal_dead_letters WHERE stream = ?1;
