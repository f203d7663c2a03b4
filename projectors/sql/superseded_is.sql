SELECT 1 FROM annal_superseded WHERE definition = ?1;
