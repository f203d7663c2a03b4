SELECT 1 FROM annal_skipped WHERE position = ?1;
