/* A disk that fails on demand: SQLite's own VFS, except for sync and write of -wal files. */
#pragma once

/* Registers it as the default, for all databases opened from now on. */
void faulty_vfs_install(void);

/* The next `count` syncs of a -wal file fail, after the data was written. */
void faulty_vfs_fail_syncs(int count);

/* Calls `hook` once, within the next sync of a -wal file: the frames are written, and neither synced
 * nor published. After it the sync continues, or fails as above. */
void faulty_vfs_on_sync(void (*hook)(void *context), void *context);

/* After `left` more writes to a -wal file the disk is full: half of the next is written. -1: never. */
void faulty_vfs_fill_after(int left);
