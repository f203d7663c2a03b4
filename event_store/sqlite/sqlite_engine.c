/* The engine of sqlite:DIR: its table of functions, and waiting for the file to grow. */
#include "base/clock.h"
#include "base/text.h"
#include "event_store/sqlite/event_log.h"
#include "event_store/sqlite/event_read.h"
#include "event_store/sqlite/log_checkpoint.h"
#include "event_store/sqlite/log_prefetch.h"
#include "event_store/sqlite/log_store.h"

#include <poll.h>

#define LOOK_SHORTEST_MS 2 /* between looks at a log that just grew */
#define LOOK_LONGEST_MS  20

static void describe(const char *directory, struct text *out)
{
    text_printf(out, "%s/" EVENT_LOG_FILE, directory);
}

/* Waits for the descriptors; true if one of them has something. */
static bool wait_for_fds(struct pollfd *fds, size_t fd_count, int64_t ms)
{
    return poll(fds, fd_count, (int)ms) > 0;
}

/* Nothing tells a reader of a SQLite file that it has grown, so it looks, ever more rarely. */
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
        if (wait_for_fds(fds, fd_count, left_ms < pause_ms ? left_ms : pause_ms))
            return OK;
        pause_ms = 2 * pause_ms < LOOK_LONGEST_MS ? 2 * pause_ms : LOOK_LONGEST_MS;
    }
}

const struct event_store_engine event_store_sqlite = {
    .scheme = "sqlite",
    .form = "sqlite:DIR",
    .describe = describe,
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
    .find_version_gap = event_read_version_gap,
    .prefetch = log_prefetch,
    .newest_answer = log_prefetch_newest_answer,
    .store = log_store,
    .resolve = log_store_resolve,
    .tidy = log_checkpoint_bound,
};
