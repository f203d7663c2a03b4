/* An SQLite VFS that joins the writes of a transaction to the WAL.
 *
 * SQLite writes each page of a transaction to the WAL with two system calls, one for the header of the frame
 * and one for the page. This VFS, on top of the default one, collects writes that follow each other in the
 * file and writes them at once.
 *
 * What was collected is written at the latest with the frame that ends the transaction, whose header says so.
 * SQLite makes a transaction visible to other connections only after it has written (and, with
 * synchronous=FULL, synced) that frame. The first error of a write is returned by the next call that writes, at
 * the latest by that frame, so the COMMIT fails.
 */
#include "base/db_private.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The default VFS writes less than 128 KiB in one call. */
#define JOINED_BYTES       (120 * 1024)

/* A frame of the WAL is a header and a page. Bytes 4 to 7 of the header are not 0 in the last frame of a
 * transaction (sqlite.org/fileformat2.html#wal_file_format). */
#define FRAME_HEADER_BYTES 24

/* Stands behind the file of the default VFS, in memory that SQLite allocates for both. */
struct joined {
    const sqlite3_io_methods *real;
    sqlite3_io_methods methods;
    unsigned char *bytes; /* collected */
    int count;
    sqlite3_int64 at;  /* where they belong */
    sqlite3_int64 end; /* of the WAL: no write reached beyond it since the WAL was begun */
    bool is_last;      /* the next write is the page of a transaction's last frame */
};

static sqlite3_vfs joining, *real;

static struct joined *joined_of(sqlite3_file *file)
{
    return (struct joined *)((char *)file + real->szOsFile);
}

/* What could not be written is dropped: SQLite rolls the transaction back, and writes there again. */
static int flush(sqlite3_file *file)
{
    struct joined *joined = joined_of(file);
    int count = joined->count;
    joined->count = 0;
    if (count == 0)
        return SQLITE_OK;
    int result = joined->real->xWrite(file, joined->bytes, count, joined->at);
    if (result != SQLITE_OK)
        joined->end = joined->at;
    return result;
}

static bool begins_last_frame(const unsigned char *bytes, int count)
{
    static const unsigned char zeros[4];
    return count == FRAME_HEADER_BYTES && memcmp(bytes + 4, zeros, sizeof zeros) != 0;
}

static int collect(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    struct joined *joined = joined_of(file);
    if (joined->count &&
        (at != joined->at + joined->count || joined->count + count > JOINED_BYTES)) {
        int result = flush(file);
        if (result != SQLITE_OK)
            return result;
    }
    joined->end = at + count;
    if (count > JOINED_BYTES)
        return joined->real->xWrite(file, bytes, count, at);
    if (joined->count == 0)
        joined->at = at;
    memcpy(joined->bytes + joined->count, bytes, (size_t)count);
    joined->count += count;
    return SQLITE_OK;
}

/* A COMMIT may end with a header that is written again, after the cache had no room for a page that changed
 * later: what does not stand at the end is written at once. */
static int write_again(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    int result = flush(file);
    return result != SQLITE_OK ? result : joined_of(file)->real->xWrite(file, bytes, count, at);
}

static int write_file(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    struct joined *joined = joined_of(file);
    if (at > 0 && at < joined->end)
        return write_again(file, bytes, count, at);
    bool ends = joined->is_last;
    joined->is_last = begins_last_frame(bytes, count);
    int result = collect(file, bytes, count, at);
    return result == SQLITE_OK && ends ? flush(file) : result;
}

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
    int result = flush(file);
    return result != SQLITE_OK ? result : joined_of(file)->real->xRead(file, bytes, count, at);
}

static int sync_file(sqlite3_file *file, int flags)
{
    int result = flush(file);
    return result != SQLITE_OK ? result : joined_of(file)->real->xSync(file, flags);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    int result = flush(file);
    return result != SQLITE_OK ? result : joined_of(file)->real->xTruncate(file, size);
}

static int size_file(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    int result = flush(file);
    return result != SQLITE_OK ? result : joined_of(file)->real->xFileSize(file, ret_size);
}

/* Only a transaction that has not ended is dropped: what is collected is written with its last frame. */
static int close_file(sqlite3_file *file)
{
    struct joined *joined = joined_of(file);
    int result = joined->real->xClose(file);
    free(joined->bytes);
    return result;
}

void joining_vfs_drop(struct sqlite3 *sqlite)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
        !file || !file->pMethods || file->pMethods->xWrite != write_file)
        return;
    struct joined *joined = joined_of(file);
    if (joined->count)
        joined->end = joined->at;
    joined->count = 0;
    joined->is_last = false;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    int result = real->xOpen(real, name, file, flags, out);
    if (result != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
        return result;
    struct joined *joined = joined_of(file);
    *joined = (struct joined){.real = file->pMethods, .methods = *file->pMethods};
    joined->bytes = malloc(JOINED_BYTES);
    REQUIRE(joined->bytes);
    joined->methods.xWrite = write_file;
    joined->methods.xRead = read_file;
    joined->methods.xSync = sync_file;
    joined->methods.xTruncate = truncate_file;
    joined->methods.xFileSize = size_file;
    joined->methods.xClose = close_file;
    file->pMethods = &joined->methods;
    return result;
}

static void install(void)
{
    db_initialize();
    real = sqlite3_vfs_find(NULL);
    REQUIRE(real);
    joining = *real;
    joining.zName = "joining";
    joining.pNext = NULL;
    joining.szOsFile = real->szOsFile + (int)sizeof(struct joined);
    joining.xOpen = open_file;
    REQUIRE(sqlite3_vfs_register(&joining, 0) == SQLITE_OK);
}

const char *joining_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return joining.zName;
}
