/* Copies a WAL into its file at good moments, and bounds its size.
 *
 * SQLite copies within a COMMIT, a few thousand pages at once, so the transactions that wait for that COMMIT
 * and those after it wait for tens of milliseconds. Here the writer copies after it has answered, and
 * after so few pages that it takes some milliseconds.
 *
 * SQLite can restart the WAL only when no reader uses it; readers that always overlap prevent that. If the WAL
 * has grown far beyond its usual size, the writer waits some milliseconds for the current readers, whose
 * transactions are short, and truncates it. While a reader stays (a shell in a transaction), the writer waits
 * less and less often; this is logged once after some seconds, and its end once.
 */
#pragma once

#include "base/breaker.h"
#include "base/db.h"

#define WAL_BOUND_PAGES 500 /* not copied yet; of the usual 4 KiB: 2 MiB */
#define WAL_BOUND_BUSY_PAGES                                                                       \
    4000 /* the same, for a writer that may stop for tens of milliseconds under load */
#define WAL_BOUND_BYTES      (64LL * 1024 * 1024)
#define WAL_BOUND_WAIT_MS    20
#define WAL_BOUND_FIRST_MS   500 /* from a failed attempt to the next, at most; doubled each time */
#define WAL_BOUND_LONGEST_MS (60 * 1000)
#define WAL_BOUND_REPORT_MS  10000

struct wal_bound {
    char *path;             /* of the -wal file */
    int64_t bytes;          /* of it, at the last check */
    int64_t tries;          /* attempts to truncate it */
    struct breaker breaker; /* of the attempts */
    int pages;              /* not copied yet, at which it copies; the owner may change it */
    int copied;             /* pages of the WAL */
    struct breaker copying;
};

void wal_bound_init(struct wal_bound *bound, const char *db_path);
void wal_bound_finish(struct wal_bound *bound);

/* Between transactions, after each COMMIT, on the connection that writes, for which db_copy_later() was called. */
void wal_bound_check(struct wal_bound *bound, struct db *db);
