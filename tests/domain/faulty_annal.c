/* annal on a VFS whose files can fail on request (faulty_files.h). It is the default VFS, so that every
 * file that the program opens uses it; its part of a file follows that of the real VFS. */
#include "base/db.h"
#include "cli/annal.h"
#include "tests/domain/lending.h"
#include "tests/support/faulty_files.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

struct own {
    const char *name;
    const sqlite3_io_methods *real;
    sqlite3_io_methods methods; /* those of a WAL and of a database differ */
};

static sqlite3_vfs faulty, *real;
static struct faulty_wish *wish;

static struct own *own_of(sqlite3_file *file)
{
    return (struct own *)((char *)file + real->szOsFile);
}

static bool is_wanted(int kind, const char *name)
{
    return (atomic_load(&wish->kinds) & kind) && name && strstr(name, wish->part);
}

static bool fails(int kind, const char *name)
{
    if (!is_wanted(kind, name))
        return false;
    atomic_fetch_add(&wish->count, 1);
    return true;
}

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
    const struct own *own = own_of(file);
    if (fails(FAULTY_READ, own->name))
        return SQLITE_IOERR_READ;
    return own->real->xRead(file, bytes, count, at);
}

static void stall(const char *name)
{
    static const struct timespec pause = {0, 1000000};
    for (bool first = true; is_wanted(FAULTY_STALL, name); first = false) {
        if (first)
            atomic_fetch_add(&wish->count, 1);
        nanosleep(&pause, NULL);
    }
}

static int write_file(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    const struct own *own = own_of(file);
    stall(own->name);
    return own->real->xWrite(file, bytes, count, at);
}

static int sync_file(sqlite3_file *file, int flags)
{
    const struct own *own = own_of(file);
    stall(own->name);
    return own->real->xSync(file, flags);
}

static int map_shm(sqlite3_file *file, int page, int bytes, int extend, void volatile **out)
{
    const struct own *own = own_of(file);
    if (fails(FAULTY_SHM, own->name))
        return SQLITE_IOERR_SHMMAP;
    return own->real->xShmMap(file, page, bytes, extend, out);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    struct own *own = own_of(file);
    file->pMethods = NULL;
    if (fails(FAULTY_OPEN, name)) {
        errno = EMFILE;
        return SQLITE_CANTOPEN;
    }
    int result = real->xOpen(real, name, file, flags, out);
    if (result != SQLITE_OK || !file->pMethods)
        return result;
    *own = (struct own){name, file->pMethods, *file->pMethods};
    own->methods.xRead = read_file;
    own->methods.xWrite = write_file;
    own->methods.xSync = sync_file;
    own->methods.xShmMap = own->real->iVersion >= 2 ? map_shm : NULL;
    own->methods.iVersion =
        own->real->iVersion < 2 ? 1 : 2; /* no reads by mmap, which could not fail */
    file->pMethods = &own->methods;
    return result;
}

static void install(void)
{
    db_initialize();
    wish = faulty_files_map(getenv("ANNAL_TEST_FAULTS"));
    real = sqlite3_vfs_find(NULL);
    REQUIRE(real);
    faulty = *real;
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.szOsFile = real->szOsFile + (int)sizeof(struct own);
    faulty.xOpen = open_file;
    REQUIRE(sqlite3_vfs_register(&faulty, 1) == SQLITE_OK);
}

int main(int argc, char **argv)
{
    install();
    return annal_main(argc, argv, &lending);
}
