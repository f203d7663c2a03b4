/* A disk that fails when told to: SQLite's own VFS, but for the sync and write of -wal files. */
#pragma once

/* Registers it as the default, for all databases opened from now on. */
void faulty_vfs_install(void);

/* The next `count` syncs of a -wal file fail, after the data was written. */
void faulty_vfs_fail_syncs(int count);

/* After `left` further writes to a -wal file the disk is full; -1: it has room again. */
void faulty_vfs_fill_after(int left);
