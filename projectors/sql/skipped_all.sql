SELECT position, stream, type, reason, skipped_at FROM annal_skipped;
