/* A reader that will not end (somebody's shell) costs one wait of the busy time-out a minute, not
 * one per COMMIT. */
#include "base/wal_bound.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/stat.h>

#define TRY_AGAIN_MS (60 * 1000)

void wal_bound_init(struct wal_bound *bound, const char *db_path)
{
    *bound = (struct wal_bound){0};
    REQUIRE(asprintf(&bound->path, "%s-wal", db_path) > 0);
}

void wal_bound_finish(struct wal_bound *bound)
{
    free(bound->path);
    *bound = (struct wal_bound){0};
}

void wal_bound_check(struct wal_bound *bound, struct db *db)
{
    struct stat status;
    if (stat(bound->path, &status) != 0 || status.st_size < WAL_BOUND_BYTES ||
        clock_monotonic_ms() < bound->next_truncate_ms)
        return;
    if (db_checkpoint(db, NULL) != OK)
        bound->next_truncate_ms = clock_monotonic_ms() + TRY_AGAIN_MS;
}
