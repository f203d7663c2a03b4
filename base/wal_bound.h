/* Keeping a WAL from growing without end.
 *
 * SQLite checkpoints by itself every few thousand pages, but it can start the WAL anew only at a
 * moment when no reader uses it; with readers overlapping all the time that moment never comes. If
 * the WAL has grown far beyond, the writer waits for the readers at hand (their transactions are
 * short) and truncates it.
 */
#pragma once

#include "base/db.h"

#define WAL_BOUND_BYTES (64LL * 1024 * 1024)

struct wal_bound {
    char *path;               /* of the -wal file */
    int64_t next_truncate_ms; /* when to try again, if a try has failed */
};

void wal_bound_init(struct wal_bound *bound, const char *db_path);
void wal_bound_finish(struct wal_bound *bound);

/* Between transactions, after each COMMIT, on the connection that writes. */
void wal_bound_check(struct wal_bound *bound, struct db *db);
