#include "projectors/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/wake.h"
#include "bus/subscription.h"
#include "projectors/cutover.h"
#include "projectors/generation_build.h"
#include "projectors/lineage.h"

#include <poll.h>
#include <unistd.h>

bool worker_is_same_request(const void *a_, const void *b_)
{
    const struct request *a = a_, *b = b_;
    return a->kind == b->kind && a->number == b->number && strcmp(a->stream, b->stream) == 0;
}

bool worker_is_stopping(const struct worker *worker)
{
    return atomic_load(&worker->shared->stopping) || stop_is_requested();
}

bool worker_wait_ms(struct worker *worker, int ms)
{
    struct pollfd waits[] = {{.fd = stop_fd(), .events = POLLIN},
                             {.fd = worker->wake_fd, .events = POLLIN}};
    if (!worker_is_stopping(worker) && poll(waits, 2, ms) > 0 && waits[1].revents & POLLIN)
        wake_clear(worker->wake_fd);
    return worker_is_stopping(worker);
}

void worker_publish(struct worker *worker)
{
    int64_t parked = dead_letters_count(worker->serving->letters);
    atomic_store(&worker->shared->generation, worker->number);
    atomic_store(&worker->shared->position, worker->serving->checkpoint.position);
    atomic_store(&worker->shared->parked, parked);
    metric_set(worker->parked_metric, parked);
    metric_set(worker->wal_metric, model_store_wal_bytes(worker->serving->store));
}

/* ---- callbacks of the subscription ---- */

static enum err give_checkpoint(void *context, struct checkpoint *ret, struct error *error)
{
    const struct worker *worker = context;
    (void)error;
    *ret = worker->serving->checkpoint;
    return OK;
}

static enum err begin(void *context, struct error *error)
{
    struct worker *worker = context;
    return projection_begin(worker->serving, error);
}

/* After a cutover the new generation may be ahead of the old one: then it has applied the event. */
static enum err apply(void *context, const struct event *event, struct error *error)
{
    struct worker *worker = context;
    struct projection *serving = worker->serving;
    if (event->position <= serving->checkpoint.position)
        return OK;
    int64_t before = dead_letters_count(serving->letters);
    enum err err = projection_apply(serving, event, error);
    if (!err && dead_letters_count(serving->letters) > before)
        log_error("%s: the stream %.*s is parked at position %lld: %s", worker->model,
                  SLICE(event->stream), (long long)event->position, serving->poison.text);
    return err;
}

static enum err commit(void *context, const struct checkpoint *checkpoint, struct error *error)
{
    struct worker *worker = context;
    if (checkpoint->position <= worker->serving->checkpoint.position) {
        projection_rollback(worker->serving);
        return OK;
    }
    enum err err = projection_commit(worker->serving, checkpoint, error);
    if (!err)
        worker_publish(worker);
    return err;
}

static void rollback(void *context)
{
    struct worker *worker = context;
    projection_rollback(worker->serving);
}

/* Ends the subscription: a new generation is built from the new log before it is followed. */
static enum err other_log(void *context, struct error *error)
{
    struct worker *worker = context;
    worker->other_log = true;
    return error_set(error, ERR_OTHER_LOG, "%s does not follow this log", worker->model);
}

static enum err follow(struct worker *worker, struct error *error)
{
    struct subscriber subscriber = {
        .context = worker,
        .checkpoint = give_checkpoint,
        .begin = begin,
        .apply = apply,
        .commit = commit,
        .rollback = rollback,
        .other_log = other_log,
        .between = worker_requests_serve,
    };
    struct subscription_options options = {
        .name = worker->model,
        .log_url = worker->options->log_url,
        .url = worker->options->bus,
        .wake_fd = worker->wake_fd,
    };
    atomic_store(&worker->shared->phase, PROJECTOR_WORKING);
    return subscription_run(&options, &subscriber, error);
}

/* ---- opening the generation that serves ---- */

static bool go_on(void *context, int64_t position, int64_t head)
{
    struct worker *worker = context;
    (void)head;
    atomic_store(&worker->shared->phase, PROJECTOR_BUILDING);
    if (!worker->serving)
        atomic_store(&worker->shared->position, position);
    return !worker_is_stopping(worker);
}

/* No generation can serve: none exists, or it follows another log. */
static enum err build_here(struct worker *worker, struct error *error)
{
    AUTO(projection) struct projection *successor = NULL;
    struct build_options build = {
        .data_directory = worker->options->data_directory,
        .log_url = worker->options->log_url,
        .progress = go_on,
        .context = worker,
        .force = worker->options->force,
    };
    struct cutover cutover = {
        .data_directory = worker->options->data_directory,
        .log_url = worker->options->log_url,
        .model = worker->model,
        .serving = worker->serving,
        .progress = go_on,
        .context = worker,
    };
    bool retired = false;
    enum err err = generation_build(&build, &worker->options->model, 1, &cutover.number, error);
    if (!err)
        err = cutover_run(&cutover, &retired, &successor, error);
    if (!err)
        log_info("%s: generation %lld serves, at position %lld", worker->model,
                 (long long)cutover.number, (long long)successor->checkpoint.position);
    return err;
}

static void close_serving(struct worker *worker)
{
    projection_close(worker->serving);
    worker->serving = NULL;
}

/* ERR_NOT_FOUND: no generation can serve. */
static enum err open_serving(struct worker *worker, struct error *error)
{
    close_serving(worker);
    return cutover_open_serving(worker->options->data_directory, worker->model, &worker->number,
                                &worker->serving, error);
}

static enum err open_or_build(struct worker *worker, struct error *error)
{
    enum err err = open_serving(worker, error);
    if (err != ERR_NOT_FOUND && (err || !worker->other_log))
        return err;
    err = build_here(worker, error);
    if (err == ERR_LOCKED) /* by a rebuild task, which may build the missing generation */
        return error_set(error, ERR_BUSY, "a rebuild is running");
    if (err)
        return err;
    worker->other_log = false;
    return open_serving(worker, error);
}

/* The serving generation may have another definition: an older one is replaced; a newer one makes this
 * program stop. */
static enum err compare_definitions(struct worker *worker, struct error *error)
{
    const char *ours = model_definition_hash(worker->options->model);
    bool superseded = false;
    worker->wants_build = strcmp(ours, worker->serving->definition) != 0;
    if (!worker->wants_build)
        return OK;
    enum err err = lineage_is_superseded(projection_db(worker->serving), ours, &superseded, error);
    if (!err && superseded && !worker->options->force)
        err = error_set(error, ERR_DEFINITION,
                        "this program's definition of %s is older than the serving one; start the "
                        "newer program, or use --force",
                        worker->model);
    if (!err)
        log_info("%s: the definition has changed; building a new generation while the old one "
                 "serves",
                 worker->model);
    return err;
}

static void warn_of_parked(const struct worker *worker)
{
    int64_t parked = dead_letters_count(worker->serving->letters);
    if (parked > 0)
        log_warning("%s: %lld stream%s parked after an event that could not be applied",
                    worker->model, (long long)parked, parked == 1 ? " is" : "s are");
}

static enum err serve(struct worker *worker, struct error *error)
{
    worker->reopen = false;
    enum err err = open_or_build(worker, error);
    if (!err)
        err = compare_definitions(worker, error);
    if (err)
        return err;
    worker_publish(worker);
    warn_of_parked(worker);
    err = follow(worker, error);
    worker_build_end(worker);
    if (worker->other_log) {
        log_warning("%s is ahead of the log, or follows another one: the log was restored or "
                    "replaced; rebuilding %s from it",
                    worker->model, worker->model);
        worker->reopen = true;
    }
    return worker->reopen ? OK : err;
}

/* True if the worker must try again. */
static bool may_retry(struct worker *worker, enum err err, struct breaker *breaker,
                      const struct error *error)
{
    if (worker_is_stopping(worker) || (!err && !worker->reopen))
        return false;
    if (!err)
        return true;
    if (error_class(err) != ERROR_CLASS_RETRY)
        return false;
    atomic_store(&worker->shared->phase, PROJECTOR_STARTING);
    if (breaker_failed(breaker, err, clock_monotonic_ms()) && err != ERR_BUSY)
        log_warning("%s: %s; trying again", worker->model, error->text);
    return !worker_wait_ms(worker, (int)breaker_wait_ms(breaker, clock_monotonic_ms()));
}

enum err worker_run(struct worker *worker, struct error *error)
{
    struct breaker breaker = {.backoff = {.first_ms = 100, .longest_ms = 5000}, .failures_most = 1};
    enum err err;
    do {
        err = serve(worker, error);
        if (!err)
            (void)breaker_worked(&breaker, clock_monotonic_ms());
    } while (may_retry(worker, err, &breaker, error));
    close_serving(worker);
    return worker_is_stopping(worker) && error_class(err) == ERROR_CLASS_RETRY ? OK : err;
}
