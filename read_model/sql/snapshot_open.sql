-- For every connection that reads: pages come from the file's mapping, so a small cache is enough.
PRAGMA cache_size = -512;
PRAGMA mmap_size = 268435456;
