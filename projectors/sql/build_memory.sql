-- While a generation is built: room for the pages in use (24 MiB), and pages written many times are
-- copied out of the WAL once (it grows to 64 MiB).
PRAGMA cache_size = -24576;
PRAGMA wal_autocheckpoint = 16384;
