/* Opens files with the real VFS and wraps their methods. */
#include "tests/write_model/faulty_vfs.h"

#include "base/error.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

static sqlite3_vfs faulty, *real;
static sqlite3_io_methods wal_methods;
static const sqlite3_io_methods *real_methods;
static atomic_int failing_syncs, writes_left = -1;
static _Atomic(void (*)(void *context)) sync_hook;
static void *sync_context;

static int sync_wal(sqlite3_file *file, int flags)
{
    int left = atomic_load(&failing_syncs);
    void (*hook)(void *context) = atomic_exchange(&sync_hook, NULL);
    if (hook)
        hook(sync_context);
    if (left > 0) {
        atomic_store(&failing_syncs, left - 1);
        return SQLITE_IOERR_FSYNC;
    }
    return real_methods->xSync(file, flags);
}

static int write_wal(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    int left = atomic_load(&writes_left);
    if (left == 0) {
        real_methods->xWrite(file, bytes, count / 2, at);
        return SQLITE_FULL;
    }
    if (left > 0)
        atomic_store(&writes_left, left - 1);
    return real_methods->xWrite(file, bytes, count, at);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    int result = real->xOpen(real, name, file, flags, out);
    if (result != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
        return result;
    real_methods = file->pMethods;
    wal_methods = *real_methods;
    wal_methods.xSync = sync_wal;
    wal_methods.xWrite = write_wal;
    file->pMethods = &wal_methods;
    return result;
}

void faulty_vfs_install(void)
{
    real = sqlite3_vfs_find(NULL);
    REQUIRE(real);
    faulty = *real;
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.xOpen = open_file;
    REQUIRE(sqlite3_vfs_register(&faulty, 1) == SQLITE_OK);
}

void faulty_vfs_fail_syncs(int count)
{
    atomic_store(&failing_syncs, count);
}

void faulty_vfs_on_sync(void (*hook)(void *context), void *context)
{
    sync_context = context;
    atomic_store(&sync_hook, hook);
}

void faulty_vfs_fill_after(int left)
{
    atomic_store(&writes_left, left);
}
