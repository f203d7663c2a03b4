DELETE FROM annal_superseded WHERE definition = ?1;
