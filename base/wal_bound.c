#include "base/wal_bound.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <sys/stat.h>

void wal_bound_init(struct wal_bound *bound, const char *db_path)
{
    *bound = (struct wal_bound){
        .breaker = {.backoff = {.first_ms = WAL_BOUND_FIRST_MS, .longest_ms = WAL_BOUND_LONGEST_MS},
                    .failures_most = 1,
                    .patience_ms = WAL_BOUND_REPORT_MS},
        .pages = WAL_BOUND_PAGES,
        .copying = {.failures_most = 1},
    };
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

/* ---- copying ---- */

static void note_copied(struct wal_bound *bound, enum err err, const struct error *error)
{
    int64_t now_ms = clock_monotonic_ms();
    if (!err && breaker_worked(&bound->copying, now_ms))
        log_info("%s is copied into its file again", bound->path);
    if (err && breaker_failed(&bound->copying, err, now_ms))
        log_warning("%s cannot be copied into its file, and grows until it can: %s", bound->path,
                    error->text);
}

/* After a failure the next attempt is made as many pages later. */
static void copy(struct wal_bound *bound, struct db *db)
{
    struct error error = {0};
    int pages = db_wal_pages(db);
    if (pages < bound->copied) /* the WAL was begun again */
        bound->copied = 0;
    if (pages - bound->copied < bound->pages)
        return;
    enum err err = db_copy_wal(db, &bound->copied, &error);
    if (err)
        bound->copied = pages;
    note_copied(bound, err, &error);
}

/* ---- truncating ---- */

static int64_t held_s(const struct wal_bound *bound, int64_t now_ms)
{
    return (now_ms - bound->breaker.failing_since_ms) / 1000;
}

static void note_truncated(struct wal_bound *bound, int64_t now_ms)
{
    if (breaker_worked(&bound->breaker, now_ms))
        log_info("%s could be truncated again, after %lld s", bound->path,
                 (long long)held_s(bound, now_ms));
    bound->bytes = file_bytes(bound->path);
}

/* SQLite does not report which reader it is. */
static void note_held(struct wal_bound *bound, int64_t now_ms, const struct error *error)
{
    if (!breaker_failed(&bound->breaker, error->code, now_ms))
        return;
    log_warning(
        "%s has %lld bytes and could not be truncated for %lld s (%s): another process keeps a "
        "read transaction open, such as a sqlite3 shell; end it, or the file grows with each "
        "commit",
        bound->path, (long long)bound->bytes, (long long)held_s(bound, now_ms), error->text);
}

void wal_bound_check(struct wal_bound *bound, struct db *db)
{
    struct error error = {0};
    int64_t now_ms = clock_monotonic_ms();
    copy(bound, db);
    bound->bytes = file_bytes(bound->path);
    if (bound->bytes < WAL_BOUND_BYTES || breaker_wait_ms(&bound->breaker, now_ms) > 0)
        return;
    bound->tries++;
    if (db_checkpoint_within(db, WAL_BOUND_WAIT_MS, &error) == OK)
        note_truncated(bound, now_ms);
    else
        note_held(bound, now_ms, &error);
}
