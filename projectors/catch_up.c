#include "projectors/catch_up.h"

#include "base/clock.h"
#include "projectors/feed.h"

#define COMMIT_EVENTS 50000
#define COMMIT_MS     1000
#define PROGRESS_MS   100

struct run {
    const struct catch_up *options;
    struct projection *projection;
    struct checkpoint applied; /* not yet committed */
    int64_t uncommitted;
    int64_t began_ms, committed_ms, told_ms, began_at;
};

static enum err commit(struct run *run, struct error *error)
{
    run->uncommitted = 0;
    run->committed_ms = clock_monotonic_ms();
    return projection_commit(run->projection, &run->applied, error);
}

static enum err apply_batch(struct run *run, const struct event_batch *batch, struct error *error)
{
    enum err err = run->uncommitted == 0 ? projection_begin(run->projection, error) : OK;
    for (size_t i = 0; i < batch->count && !err; i++) {
        err = projection_apply(run->projection, &batch->events[i], error);
        if (err)
            return error_add_context(error, err, "event %lld",
                                     (long long)batch->events[i].position);
    }
    if (err)
        return err;
    const struct event *last = &batch->events[batch->count - 1];
    run->applied.position = last->position;
    memcpy(run->applied.hash, last->hash, sizeof last->hash);
    run->uncommitted += (int64_t)batch->count;
    if (run->uncommitted >= COMMIT_EVENTS || clock_monotonic_ms() - run->committed_ms >= COMMIT_MS)
        err = commit(run, error);
    return err;
}

/* False if the rebuild is to stop. */
static bool tell_progress(struct run *run)
{
    int64_t now = clock_monotonic_ms();
    if (!run->options->progress || now - run->told_ms < PROGRESS_MS)
        return true;
    run->told_ms = now;
    int64_t elapsed = now > run->began_ms ? now - run->began_ms : 1;
    int64_t rate = (run->applied.position - run->began_at) * 1000 / elapsed;
    return run->options->progress(run->options->context, run->applied.position, run->options->to,
                                  rate);
}

static enum err apply_feed(struct run *run, struct feed *feed, struct error *error)
{
    struct event_batch *batch = NULL;
    bool go_on = true;
    enum err err = OK;
    while (!err && (go_on = tell_progress(run))) {
        err = feed_next(feed, &batch, error);
        if (err || !batch)
            break;
        err = apply_batch(run, batch, error);
    }
    if (!err && run->uncommitted > 0)
        err = commit(run, error);
    if (!err && !go_on)
        err = error_set(error, ERR_INTERRUPTED, "stopped at position %lld",
                        (long long)run->applied.position);
    return err;
}

static enum err run_with_log(struct run *run, const char *log_id, struct error *error)
{
    AUTO(feed) struct feed *feed = NULL;
    struct projection *p = run->projection;
    enum err err =
        feed_open(run->options->data_directory, &p->checkpoint, run->options->to, &feed, error);
    if (err)
        return err;
    memcpy(run->applied.log_id, log_id, sizeof run->applied.log_id);
    err = apply_feed(run, feed, error);
    if (err && err != ERR_INTERRUPTED)
        projection_rollback(p);
    if (!err && p->checkpoint.position < run->options->to)
        err = error_set(error, ERR_OTHER_LOG, "the log ends at %lld, before position %lld",
                        (long long)p->checkpoint.position, (long long)run->options->to);
    return err;
}

enum err catch_up_run(const struct catch_up *catch_up, struct projection *projection,
                      struct error *error)
{
    int64_t now = clock_monotonic_ms();
    struct run run = {
        .options = catch_up,
        .projection = projection,
        .applied = projection->checkpoint,
        .began_ms = now,
        .committed_ms = now,
        .told_ms = now - PROGRESS_MS,
        .began_at = projection->checkpoint.position,
    };
    struct checkpoint head;
    enum err err = feed_head(catch_up->data_directory, &head, error);
    if (err || (catch_up->to <= projection->checkpoint.position && !head.log_id[0]))
        return err;
    return run_with_log(&run, head.log_id, error);
}
