SELECT name, hash, text FROM annal_definition WHERE one = 1
