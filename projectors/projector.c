#include "projectors/projector.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/wake.h"
#include "http/control.h"
#include "projectors/worker.h"
#include "read_model/store/generation.h"

#include <stdio.h>
#include <unistd.h>

#define LOCK_POLL_MOST_MS 400

struct projector {
    struct projector_options options;
    struct worker_shared shared;
    struct mailbox mailbox;
    struct worker worker; /* the thread's */
    struct text role;     /* of the control socket */
    int wake_fd;
    pthread_t thread;
    bool joined;
    enum err err;
    struct error error;
};

/* ---- the control socket ----
 *
 *   GET  /status              {"model","phase","generation","position","parked","rebuilding"}
 *   POST /cutover             {"generation":8}: the status once it serves; until then 503, busy before the
 *                             worker begins it and not-ready while it is at work
 *   POST /rebuild             begins a rebuild in the background
 *   POST /dead-letters/retry  {"stream":"account/ACC-1"}: 503 until it is done, then {"applied":true}, or
 *                             {"applied":false,"reason":"…"} if it failed again
 *   POST /dead-letters/skip   {"stream","position","reason"}: the same
 *   POST /prune               removes the generations before the one that serves; 503 until it is done,
 *                             then {}
 */

/* Its subscription has failed, for example because the disk is full, and tries again. */
static bool is_retrying(const char *model)
{
    return metric_value(metric_series(METRIC_SUBSCRIPTION_RETRYING, model)) != 0;
}

static enum err get_status(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    struct projector_status status;
    (void)body, (void)error;
    projector_status(context, &status);
    *ret_answer =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:b}", "model", status.model, "phase",
                  projector_phase_name(status.phase), "generation", (json_int_t)status.generation,
                  "position", (json_int_t)status.position, "parked", (json_int_t)status.parked,
                  "rebuilding", status.rebuilding, "retrying", is_retrying(status.model));
    return OK;
}

static enum err get_ready(void *context, const json_t *body, json_t **ret_answer,
                          struct error *error)
{
    struct projector_status status;
    projector_status(context, &status);
    if (status.phase == PROJECTOR_WORKING)
        return get_status(context, body, ret_answer, error);
    return error_set(error, ERR_NOT_READY, "%s is %s", status.model,
                     projector_phase_name(status.phase));
}

static enum err post_cutover(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    int64_t number = json_int_or(body, "generation", 0);
    if (number <= 0)
        return error_set(error, ERR_BAD_REQUEST, "\"generation\" must be a number");
    enum err err = projector_cutover(context, number, error);
    return err ? err : get_status(context, body, ret_answer, error);
}

static enum err post_rebuild(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    enum err err = projector_rebuild(context, error);
    return err ? err : get_status(context, body, ret_answer, error);
}

/* An event that is still poison is a result, not an error. */
static enum err answer_repair(enum err err, json_t **ret_answer, struct error *error)
{
    if (err && err != ERR_POISON)
        return err;
    *ret_answer = err ? json_pack("{s:b, s:s}", "applied", 0, "reason", error->text)
                      : json_pack("{s:b}", "applied", 1);
    return OK;
}

static enum err post_retry(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    enum err err = projector_retry(context, json_string_or(body, "stream", ""), error);
    return answer_repair(err, ret_answer, error);
}

static enum err post_skip(void *context, const json_t *body, json_t **ret_answer,
                          struct error *error)
{
    enum err err =
        projector_skip(context, json_string_or(body, "stream", ""),
                       json_int_or(body, "position", 0), json_string_or(body, "reason", ""), error);
    return answer_repair(err, ret_answer, error);
}

static enum err post_prune(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    (void)body, (void)ret_answer;
    return projector_prune(context, error);
}

static const struct control_route routes[] = {
    {.method = "GET", .path = "/status", .action = get_status},
    {.method = "POST", .path = "/cutover", .action = post_cutover},
    {.method = "POST", .path = "/rebuild", .action = post_rebuild},
    {.method = "POST", .path = "/dead-letters/retry", .action = post_retry},
    {.method = "POST", .path = "/dead-letters/skip", .action = post_skip},
    {.method = "POST", .path = "/prune", .action = post_prune},
    {0},
};

/* ---- the thread ---- */

static void report_wait(const char *model, enum err err, const struct error *error)
{
    if (err == ERR_LOCKED)
        log_info("%s: %s; waiting for it", model, error->text);
    else
        log_warning("%s: %s; trying again", model, error->text);
}

/* ERR_INTERRUPTED if it is to stop before it gets the lock. */
static enum err wait_for_lock(struct projector *projector, struct lock_file **ret_lock,
                              struct error *error)
{
    const struct projector_options *options = &projector->options;
    struct breaker breaker = {
        .backoff = {.first_ms = LOCK_POLL_MOST_MS, .longest_ms = LOCK_POLL_MOST_MS},
        .failures_most = 1};
    for (;;) {
        enum err err = generation_lock(options->data_directory, model_name(options->model),
                                       "annal projector", ret_lock, error);
        int64_t now_ms = clock_monotonic_ms();
        if (err != ERR_LOCKED && error_class(err) != ERROR_CLASS_RETRY)
            return err;
        if (breaker_failed(&breaker, err, now_ms))
            report_wait(projector->worker.model, err, error);
        atomic_store(&projector->shared.phase,
                     err == ERR_LOCKED ? PROJECTOR_WAITING : PROJECTOR_STARTING);
        if (worker_wait_ms(&projector->worker, (int)breaker_wait_ms(&breaker, now_ms)))
            return error_set(error, ERR_INTERRUPTED, "stopped");
    }
}

static void name_thread(const char *model)
{
    char name[16]; /* what Linux allows */
    snprintf(name, sizeof name, "p:%s", model);
    pthread_setname_np(pthread_self(), name);
}

/* The holder of the lock answers on the model's control socket. */
static enum err open_control(struct projector *projector, struct control **ret_control,
                             struct error *error)
{
    projector_role(projector->worker.model, &projector->role);
    return control_open(
        &(struct control_options){.data_directory = projector->options.data_directory,
                                  .role = projector->role.at,
                                  .routes = routes,
                                  .ready = get_ready,
                                  .context = projector},
        ret_control, error);
}

static void *work(void *argument)
{
    struct projector *projector = argument;
    AUTO(lock_file) struct lock_file *lock = NULL;
    AUTO(control) struct control *control = NULL;
    name_thread(projector->worker.model);
    enum err err = wait_for_lock(projector, &lock, &projector->error);
    if (!err)
        err = open_control(projector, &control, &projector->error);
    if (!err)
        err = worker_run(&projector->worker, &projector->error);
    if (err == ERR_INTERRUPTED)
        err = OK;
    projector->err =
        err ? error_add_context(&projector->error, err, "projector %s", projector->worker.model)
            : OK;
    atomic_store(&projector->shared.phase, PROJECTOR_ENDED);
    return NULL;
}

/* ---- starting and stopping ---- */

enum err projector_start(const struct projector_options *options, struct projector **ret_projector,
                         struct error *error)
{
    struct projector *projector = calloc(1, sizeof *projector);
    REQUIRE(projector);
    projector->options = *options;
    enum err err = wake_open(&projector->wake_fd, error);
    if (err) {
        free(projector);
        return err;
    }
    mailbox_init(&projector->mailbox,
                 &(struct mailbox_options){.request_bytes = sizeof(struct request),
                                           .is_same = worker_is_same_request,
                                           .wake_fd = projector->wake_fd});
    projector->worker = (struct worker){
        .options = &projector->options,
        .model = model_name(options->model),
        .shared = &projector->shared,
        .mailbox = &projector->mailbox,
        .wake_fd = projector->wake_fd,
        .parked_metric = metric_series(METRIC_PARKED_STREAMS, model_name(options->model)),
        .wal_metric = metric_series(METRIC_MODEL_WAL_BYTES, model_name(options->model)),
        .build_breaker = {.backoff = {.first_ms = 500, .longest_ms = 30000}, .failures_most = 1},
    };
    REQUIRE(pthread_create(&projector->thread, NULL, work, projector) == 0);
    *ret_projector = projector;
    return OK;
}

void projector_stop(struct projector *projector)
{
    atomic_store(&projector->shared.stopping, true);
    wake_signal(projector->wake_fd);
}

enum err projector_join(struct projector *projector, struct error *error)
{
    if (!projector->joined)
        pthread_join(projector->thread, NULL);
    projector->joined = true;
    return projector->err ? error_set(error, projector->err, "%s", projector->error.text) : OK;
}

void projector_destroy(struct projector *projector)
{
    if (!projector)
        return;
    projector_stop(projector);
    (void)!projector_join(projector, NULL);
    mailbox_finish(&projector->mailbox);
    text_finish(&projector->role);
    close(projector->wake_fd);
    free(projector);
}

/* ---- requests of other threads ---- */

void projector_role(const char *model, struct text *out)
{
    text_printf(out, "projector-%s", model);
}

void projector_status(const struct projector *projector, struct projector_status *ret_status)
{
    const struct worker_shared *shared = &projector->shared;
    *ret_status = (struct projector_status){
        .model = projector->worker.model,
        .phase = (enum projector_phase)atomic_load(&shared->phase),
        .generation = atomic_load(&shared->generation),
        .position = atomic_load(&shared->position),
        .parked = atomic_load(&shared->parked),
        .rebuilding = atomic_load(&shared->rebuilding),
    };
}

const char *projector_phase_name(enum projector_phase phase)
{
    static const char *const names[] = {
        [PROJECTOR_STARTING] = "starting", [PROJECTOR_WAITING] = "waiting",
        [PROJECTOR_BUILDING] = "building", [PROJECTOR_WORKING] = "working",
        [PROJECTOR_ENDED] = "ended",
    };
    return names[phase];
}

enum err projector_cutover(struct projector *projector, int64_t number, struct error *error)
{
    struct request request = {.kind = REQUEST_CUTOVER, .number = number};
    if (atomic_load(&projector->shared.generation) == number)
        return OK;
    return mailbox_ask(&projector->mailbox, &request, error);
}

static enum err ask_about(struct projector *projector, struct request *request, const char *stream,
                          struct error *error)
{
    if (strlen(stream) >= sizeof request->stream)
        return error_set(error, ERR_BAD_REQUEST, "the stream's name is too long");
    snprintf(request->stream, sizeof request->stream, "%s", stream);
    return mailbox_ask(&projector->mailbox, request, error);
}

enum err projector_retry(struct projector *projector, const char *stream, struct error *error)
{
    struct request request = {.kind = REQUEST_RETRY};
    return ask_about(projector, &request, stream, error);
}

enum err projector_skip(struct projector *projector, const char *stream, int64_t position,
                        const char *reason, struct error *error)
{
    struct request request = {.kind = REQUEST_SKIP, .number = position};
    snprintf(request.reason, sizeof request.reason, "%s", reason);
    return ask_about(projector, &request, stream, error);
}

enum err projector_prune(struct projector *projector, struct error *error)
{
    struct request request = {.kind = REQUEST_PRUNE};
    return mailbox_ask(&projector->mailbox, &request, error);
}

enum err projector_rebuild(struct projector *projector, struct error *error)
{
    if (atomic_load(&projector->shared.rebuilding))
        return error_set(error, ERR_LOCKED, "a rebuild of %s is running", projector->worker.model);
    atomic_store(&projector->shared.rebuild_asked, true);
    wake_signal(projector->wake_fd);
    return OK;
}
