/* A reader that will not end (somebody's shell) costs one wait of the busy time-out a minute, not
 * one per batch. */
#include "write_model/log_checkpoint.h"

#include "base/clock.h"
#include "write_model/event_log_private.h"

#include <sys/stat.h>

#define LONG_WAL_BYTES (64LL * 1024 * 1024)
#define TRY_AGAIN_MS   (60 * 1000)

void log_checkpoint_bound(struct event_log *log)
{
    struct stat status;
    if (stat(log->wal_path, &status) != 0 || status.st_size < LONG_WAL_BYTES ||
        clock_monotonic_ms() < log->next_truncate_ms)
        return;
    if (db_checkpoint(log->db, NULL) != OK)
        log->next_truncate_ms = clock_monotonic_ms() + TRY_AGAIN_MS;
}
