/* The engine of sqlite:DIR: its table of functions, waiting for the file to grow, and upkeep. */
#include "base/clock.h"
#include "base/text.h"
#include "event_store/sqlite/event_log.h"
#include "telemetry/metrics.h"

#include <poll.h>

#define LOOK_SHORTEST_MS 2 /* between looks at a log that just grew */
#define LOOK_LONGEST_MS  20

static void describe(const char *directory, struct text *out)
{
    text_printf(out, "%s/" EVENT_LOG_FILE, directory);
}

static enum err find_writer(const char *directory, char ret_holder[LOCK_HOLDER_BYTES],
                            struct error *error)
{
    AUTO(text) struct text path = {0};
    describe(directory, &path);
    return lock_file_find_holder(path.at, ret_holder, error);
}

/* SQLite does not notify a reader when the file grows, so it polls, less and less often. */
static enum err wait_for_more(struct event_store *store, int64_t position, int64_t wait_ms,
                              struct pollfd *fds, size_t fd_count, struct error *error)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    for (int64_t pause_ms = LOOK_SHORTEST_MS;;) {
        struct checkpoint head;
        enum err err = event_log_head(store, &head, NULL, error);
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (err || head.position > position || left_ms <= 0)
            return err;
        if (poll(fds, fd_count, (int)(left_ms < pause_ms ? left_ms : pause_ms)) > 0)
            return OK;
        pause_ms = 2 * pause_ms < LOOK_LONGEST_MS ? 2 * pause_ms : LOOK_LONGEST_MS;
    }
}

/* Copies the WAL, and truncates it if it has grown far (base/wal_bound.h). */
static void tidy(struct event_store *store)
{
    struct event_log *log = event_log_of(store);
    wal_bound_check(&log->wal_bound, log->db);
    if (!log->wal_metric)
        log->wal_metric = metric_series(METRIC_LOG_WAL_BYTES, "");
    metric_set(log->wal_metric, log->wal_bound.bytes);
}

const struct event_store_engine event_store_sqlite = {
    .scheme = "sqlite",
    .form = "sqlite:DIR",
    .describe = describe,
    .find_writer = find_writer,
    .open = event_log_open,
    .close = event_log_close,
    .check = event_log_check,
    .head = event_log_head,
    .hash_at = event_log_hash_at,
    .wait_for_more = wait_for_more,
    .read_after = event_read_after,
    .read_stream = event_read_stream,
    .streams_of = event_read_streams_of,
    .find_external = event_read_external,
    .read_cursor = event_read_cursor,
    .find_version_gap = event_read_version_gap,
    .prefetch = log_prefetch,
    .newest_answer = log_answer_newest,
    .store = log_store,
    .resolve = log_store_resolve,
    .tidy = tidy,
};
