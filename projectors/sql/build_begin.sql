INSERT OR REPLACE INTO annal_build (one, boot_id) VALUES (1, ?1);
