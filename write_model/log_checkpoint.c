/* A reader that will not end (somebody's shell) costs one wait of the busy time-out per further
 * LONG_WAL_BYTES, not per batch. */
#include "write_model/log_checkpoint.h"

#include "write_model/event_log_private.h"

#include <sys/stat.h>

#define LONG_WAL_BYTES (64LL * 1024 * 1024)

void log_checkpoint_bound(struct event_log *log)
{
    struct stat status;
    int64_t bound = log->long_wal_bytes ? log->long_wal_bytes : LONG_WAL_BYTES;
    if (stat(log->wal_path, &status) != 0 || status.st_size < bound)
        return;
    bool done = db_checkpoint(log->db, NULL) == OK;
    log->long_wal_bytes = done ? 0 : status.st_size + LONG_WAL_BYTES;
}
