#include "projectors/catch_up.h"

#include "base/arena.h"
#include "base/clock.h"
#include "projectors/feed.h"

#define COMMIT_EVENTS 50000
#define COMMIT_MS     1000
#define PROGRESS_MS   100

/* A generation and how far it is. During a batch it belongs to the thread that applies the batch to it. */
struct applier {
    struct catch_up_target *target;
    struct projection *projection; /* of the target */
    struct checkpoint applied;     /* not yet committed */
    int64_t uncommitted, committed_ms;
};

struct run {
    const struct catch_up *options;
    struct applier *appliers;
    size_t count;
    const struct event_batch *batch; /* that is being applied */
    int64_t position;                /* of the pass */
    int64_t reported_ms;
};

static enum err commit(struct applier *applier, struct error *error)
{
    applier->uncommitted = 0;
    applier->committed_ms = clock_monotonic_ms();
    return projection_commit(applier->projection, &applier->applied, error);
}

/* The first event after the generation's checkpoint; the batch's count if it has applied all. */
static size_t first_new(const struct applier *applier, const struct event_batch *batch)
{
    size_t i = 0;
    while (i < batch->count && batch->events[i].position <= applier->applied.position)
        i++;
    return i;
}

static enum err apply_batch(struct applier *applier, const struct event_batch *batch,
                            struct error *error)
{
    size_t first = first_new(applier, batch);
    if (first == batch->count)
        return OK;
    enum err err = applier->uncommitted == 0 ? projection_begin(applier->projection, error) : OK;
    for (size_t i = first; i < batch->count && !err; i++) {
        err = projection_apply(applier->projection, &batch->events[i], error);
        if (err)
            return error_add_context(error, err, "%s, event %lld",
                                     model_name(model_store_model(applier->projection->store)),
                                     (long long)batch->events[i].position);
    }
    if (err)
        return err;
    const struct event *last = &batch->events[batch->count - 1];
    applier->applied.position = last->position;
    memcpy(applier->applied.hash, last->hash, sizeof last->hash);
    applier->uncommitted += (int64_t)(batch->count - first);
    if (applier->uncommitted >= COMMIT_EVENTS ||
        clock_monotonic_ms() - applier->committed_ms >= COMMIT_MS)
        err = commit(applier, error);
    return err;
}

/* ---- the team's items: one generation each ---- */

/* ERR_STEP_LIMIT is not a failure: the pass is run again. */
static bool has_failed(const struct applier *applier)
{
    return applier->target->err && applier->target->err != ERR_STEP_LIMIT;
}

static void apply_to_one(void *context, size_t item)
{
    struct run *run = context;
    struct applier *applier = &run->appliers[item];
    if (has_failed(applier))
        return;
    applier->target->err = apply_batch(applier, run->batch, &applier->target->error);
    if (applier->target->err)
        projection_rollback(applier->projection);
}

static void commit_one(void *context, size_t item)
{
    struct run *run = context;
    struct applier *applier = &run->appliers[item];
    if (has_failed(applier) || applier->uncommitted == 0)
        return;
    applier->target->err = commit(applier, &applier->target->error);
    if (applier->target->err)
        projection_rollback(applier->projection);
}

/* ERR_STEP_LIMIT if a generation needs the pass again. */
static enum err for_all(struct run *run, team_work_fn *work, struct error *error)
{
    team_run(run->options->team, run->count, work, run);
    for (size_t i = 0; i < run->count; i++) {
        const struct catch_up_target *target = run->appliers[i].target;
        if (target->err == ERR_STEP_LIMIT)
            return error_set(error, target->err, "%s", target->error.text);
    }
    return OK;
}

static enum err apply_to_all(struct run *run, const struct event_batch *batch, struct error *error)
{
    run->batch = batch;
    enum err err = for_all(run, apply_to_one, error);
    run->position = batch->events[batch->count - 1].position;
    return err;
}

static void roll_back_all(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        projection_rollback(run->appliers[i].projection);
}

/* The one with the lowest position of those that have not failed; NULL if all have. */
static struct applier *lowest(const struct run *run)
{
    struct applier *least = NULL;
    for (size_t i = 0; i < run->count; i++) {
        struct applier *applier = &run->appliers[i];
        if (!has_failed(applier) && (!least || applier->applied.position < least->applied.position))
            least = applier;
    }
    return least;
}

/* False if the pass must stop. */
static bool report_progress(struct run *run)
{
    int64_t now = clock_monotonic_ms();
    if (!run->options->progress || now - run->reported_ms < PROGRESS_MS)
        return true;
    run->reported_ms = now;
    return run->options->progress(run->options->context, run->position, run->options->to);
}

static enum err apply_feed(struct run *run, struct feed *feed, struct error *error)
{
    struct event_batch *batch = NULL;
    bool go_on = true;
    enum err err = OK;
    while (!err && lowest(run) && (go_on = report_progress(run))) {
        err = feed_next(feed, &batch, error);
        if (err || !batch)
            break;
        err = apply_to_all(run, batch, error);
    }
    if (!err)
        err = for_all(run, commit_one, error);
    if (!err && !go_on)
        err =
            error_set(error, ERR_INTERRUPTED, "stopped at position %lld", (long long)run->position);
    return err;
}

/* The feed checks the checkpoint that it begins at; this checks those of the others. */
static enum err check_checkpoints(const struct run *run, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < run->count && run->count > 1 && !err; i++) {
        bool contains = false;
        err = feed_contains(run->options->log_url, &run->appliers[i].applied, &contains, error);
        if (!err && !contains)
            err = error_set(error, ERR_OTHER_LOG, "a generation follows another log");
    }
    return err;
}

static enum err check_ends(const struct run *run, struct error *error)
{
    const struct applier *last = lowest(run);
    if (!last || last->applied.position >= run->options->to)
        return OK;
    return error_set(error, ERR_OTHER_LOG, "the log ends at %lld, before position %lld",
                     (long long)last->applied.position, (long long)run->options->to);
}

static enum err run_with_log(struct run *run, const char *log_id, struct error *error)
{
    AUTO(feed) struct feed *feed = NULL;
    enum err err = check_checkpoints(run, error);
    if (!err)
        err =
            feed_open(run->options->log_url, &lowest(run)->applied, run->options->to, &feed, error);
    if (err)
        return err;
    for (size_t i = 0; i < run->count; i++)
        memcpy(run->appliers[i].applied.log_id, log_id, sizeof run->appliers[i].applied.log_id);
    err = apply_feed(run, feed, error);
    if (err && err != ERR_INTERRUPTED)
        roll_back_all(run);
    return err ? err : check_ends(run, error);
}

static void begin(struct run *run)
{
    int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i < run->count; i++) {
        struct applier *applier = &run->appliers[i];
        if (applier->target->err == ERR_STEP_LIMIT)
            applier->target->err = OK;
        applier->applied = applier->projection->checkpoint;
        applier->uncommitted = 0;
        applier->committed_ms = now;
    }
    run->position = lowest(run)->applied.position;
    run->reported_ms = now - PROGRESS_MS;
}

enum err catch_up_run_all(const struct catch_up *catch_up, struct catch_up_target *const *targets,
                          size_t count, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    struct run run = {.options = catch_up, .count = count};
    struct checkpoint head;
    run.appliers = arena_allocate(&arena, count * sizeof *run.appliers);
    for (size_t i = 0; i < count; i++)
        run.appliers[i] =
            (struct applier){.target = targets[i], .projection = targets[i]->projection};
    if (!lowest(&run))
        return OK;
    begin(&run);
    enum err err = feed_head(catch_up->log_url, &head, error);
    if (err || (catch_up->to <= run.position && !head.log_id[0]))
        return err;
    while ((err = run_with_log(&run, head.log_id, error)) == ERR_STEP_LIMIT)
        begin(&run);
    return err;
}

enum err catch_up_run(const struct catch_up *catch_up, struct projection *projection,
                      struct error *error)
{
    struct catch_up_target target = {.projection = projection}, *targets[] = {&target};
    enum err err = catch_up_run_all(catch_up, targets, 1, error);
    if (err || !target.err)
        return err;
    return error_set(error, target.err, "%s", target.error.text);
}
