/* Keeping a WAL from growing without end.
 *
 * SQLite checkpoints by itself every few thousand pages, without waiting, but it can start the WAL
 * anew only at a moment when no reader uses it; with readers overlapping all the time that moment
 * never comes. If the WAL has grown far beyond, the writer waits for the readers at hand (their
 * transactions are short) for some milliseconds and truncates it. A reader that stays (a shell in a
 * transaction) costs that wait ever more rarely, is logged once when it has stayed for some
 * seconds, and once when it is gone.
 */
#pragma once

#include "base/db.h"

#define WAL_BOUND_BYTES      (64LL * 1024 * 1024)
#define WAL_BOUND_WAIT_MS    20
#define WAL_BOUND_FIRST_MS   500 /* from a try that failed to the next, and doubled each time */
#define WAL_BOUND_LONGEST_MS (60 * 1000)
#define WAL_BOUND_REPORT_MS  10000

struct wal_bound {
    char *path;            /* of the -wal file */
    int64_t bytes;         /* of it, at the last check */
    int64_t held_since_ms; /* monotonic: the first try that failed; 0: the last one did not */
    int64_t try_at_ms;     /* when to try again */
    int64_t pause_ms;      /* before the try after that */
    int64_t tries;         /* so far */
    bool reported;         /* that a reader holds it */
};

void wal_bound_init(struct wal_bound *bound, const char *db_path);
void wal_bound_finish(struct wal_bound *bound);

/* Between transactions, after each COMMIT, on the connection that writes. */
void wal_bound_check(struct wal_bound *bound, struct db *db);
