-- The same when several are built at once: less for each, so that all stay within 64 MiB.
PRAGMA cache_size = -6144;
PRAGMA wal_autocheckpoint = 16384;
