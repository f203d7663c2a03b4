/* A build in the background, in a thread of low priority ("builder"): for a definition that has changed, or
 * when a rebuild is requested. It builds the model, then asks the worker's mailbox for the cutover; the
 * old generation serves meanwhile. */
#include "projectors/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "projectors/generation_build.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 10
#define ASK_MS   50

struct background_build {
    struct build_options options;
    const struct model *model;
    struct mailbox *mailbox;
    pthread_t thread;
    atomic_bool stopping, ended;
    enum err err;
    struct error error;
};

static bool is_stopping(const struct background_build *builder)
{
    return atomic_load(&builder->stopping) || stop_is_requested();
}

static bool go_on(void *context, int64_t position, int64_t head)
{
    (void)position, (void)head;
    return !is_stopping(context);
}

static enum err ask_for_cutover(struct background_build *builder, int64_t number,
                                struct error *error)
{
    struct request request = {.kind = REQUEST_CUTOVER, .number = number};
    while (!is_stopping(builder)) {
        enum err err = mailbox_ask(builder->mailbox, &request, error);
        if (err != ERR_NOT_READY && err != ERR_BUSY)
            return err;
        stop_wait_ms(ASK_MS);
    }
    return error_set(error, ERR_INTERRUPTED, "stopped before the cutover");
}

static void *build(void *argument)
{
    struct background_build *builder = argument;
    int64_t number = 0;
    pthread_setname_np(pthread_self(), "builder");
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* on Linux, of this thread alone */
    builder->err =
        generation_build(&builder->options, &builder->model, 1, &number, &builder->error);
    if (!builder->err)
        builder->err = ask_for_cutover(builder, number, &builder->error);
    atomic_store(&builder->ended, true);
    return NULL;
}

static struct background_build *start(const struct worker *worker)
{
    struct background_build *builder = calloc(1, sizeof *builder);
    REQUIRE(builder);
    builder->options = (struct build_options){.data_directory = worker->options->data_directory,
                                              .log_url = worker->options->log_url,
                                              .force = worker->options->force,
                                              .progress = go_on,
                                              .context = builder};
    builder->model = worker->options->model;
    builder->mailbox = worker->mailbox;
    REQUIRE(pthread_create(&builder->thread, NULL, build, builder) == 0);
    return builder;
}

/* Stops it if it still runs: the next build continues it. */
static enum err join(struct background_build *take_build, struct error *error)
{
    atomic_store(&take_build->stopping, true);
    pthread_join(take_build->thread, NULL);
    enum err err =
        take_build->err ? error_set(error, take_build->err, "%s", take_build->error.text) : OK;
    free(take_build);
    return err;
}

static void begin_build(struct worker *worker)
{
    atomic_store(&worker->shared->rebuild_asked, false);
    atomic_store(&worker->shared->rebuilding, true);
    worker->builder = start(worker);
}

void worker_build_end(struct worker *worker)
{
    struct error error = {0};
    if (!worker->builder)
        return;
    enum err err = join(worker->builder, &error);
    worker->builder = NULL;
    atomic_store(&worker->shared->rebuilding, false);
    if (!err || err == ERR_INTERRUPTED) {
        (void)breaker_worked(&worker->build_breaker, clock_monotonic_ms());
        return;
    }
    if (err == ERR_LOCKED || error_class(err) == ERROR_CLASS_RETRY) {
        if (breaker_failed(&worker->build_breaker, err, clock_monotonic_ms()))
            log_warning("%s: %s; trying again", worker->model, error.text);
        return;
    }
    worker->wants_build = false;
    log_error("%s: the old generation continues to serve: %s", worker->model, error.text);
}

void worker_build_tend(struct worker *worker)
{
    bool asked = atomic_load(&worker->shared->rebuild_asked);
    if (worker->builder && atomic_load(&worker->builder->ended))
        worker_build_end(worker);
    if (worker->builder || (!asked && !worker->wants_build))
        return;
    if (breaker_wait_ms(&worker->build_breaker, clock_monotonic_ms()) == 0)
        begin_build(worker);
}
