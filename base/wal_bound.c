#include "base/wal_bound.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <sys/stat.h>

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

static int64_t file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : 0;
}

static void note_truncated(struct wal_bound *bound, int64_t now_ms)
{
    if (bound->reported)
        log_info("%s could be truncated again, after %lld s", bound->path,
                 (long long)((now_ms - bound->held_since_ms) / 1000));
    bound->reported = false;
    bound->held_since_ms = bound->try_at_ms = 0;
    bound->bytes = file_bytes(bound->path);
}

/* SQLite does not report which reader it is. */
static void note_held(struct wal_bound *bound, int64_t now_ms, const struct error *error)
{
    if (bound->held_since_ms == 0) {
        bound->held_since_ms = now_ms;
        bound->pause_ms = WAL_BOUND_FIRST_MS;
    }
    bound->try_at_ms = now_ms + bound->pause_ms;
    bound->pause_ms =
        2 * bound->pause_ms < WAL_BOUND_LONGEST_MS ? 2 * bound->pause_ms : WAL_BOUND_LONGEST_MS;
    int64_t held_ms = now_ms - bound->held_since_ms;
    if (bound->reported || held_ms < WAL_BOUND_REPORT_MS)
        return;
    log_warning(
        "%s is %lld bytes long and cannot be truncated for %lld s now (%s): another process "
        "keeps a read transaction open on the file, such as a sqlite3 shell; end it, or the "
        "file grows with each commit",
        bound->path, (long long)bound->bytes, (long long)(held_ms / 1000), error->text);
    bound->reported = true;
}

void wal_bound_check(struct wal_bound *bound, struct db *db)
{
    struct error error = {0};
    int64_t now_ms = clock_monotonic_ms();
    bound->bytes = file_bytes(bound->path);
    if (bound->bytes < WAL_BOUND_BYTES || now_ms < bound->try_at_ms)
        return;
    bound->tries++;
    if (db_checkpoint_within(db, WAL_BOUND_WAIT_MS, &error) == OK)
        note_truncated(bound, now_ms);
    else
        note_held(bound, now_ms, &error);
}
