SELECT type, text FROM annal_upcasters ORDER BY type
