-- For every connection that reads. A small cache: there is one per thread and model, and it is
-- dropped whenever a newer snapshot brings changes. No mapping of the file for the same reason:
-- SQLite unmaps all of it then, which costs more than reading a few pages.
PRAGMA cache_size = -1000;
PRAGMA mmap_size = 0;
