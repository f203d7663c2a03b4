SELECT boot_id FROM annal_build;
