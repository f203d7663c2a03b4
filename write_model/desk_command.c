/* The five steps of a command (docs/architecture.md).
 *
 * Invariant: after a command that was refused or failed, the transaction and the cached states are
 * as they were before it, or the caller is told to roll back.
 */
#include "write_model/desk_command.h"

#include "base/json.h"
#include "base/log.h"
#include "write_model/desk_answer.h"
#include "write_model/desk_decision.h"
#include "write_model/desk_foreign.h"
#include "write_model/event_meta.h"
#include "write_model/idempotency.h"
#include "write_model/snapshot.h"
#include "write_model/state_load.h"

static enum err find_state(struct desk_work *work, const struct command_request *request,
                           struct cached_state **ret_state, struct error *error)
{
    struct slice stream = text_slice(&work->stream);
    struct cached_state *cached = state_cache_find(work->cache, stream);
    if (!cached) {
        void *state;
        int64_t version;
        enum err err = state_load(&work->log->store, work->catalogue, request->aggregate, stream,
                                  (struct state_bound){0}, &state, &version, error);
        if (err)
            return err;
        cached = state_cache_add(work->cache, stream, request->aggregate, state, version);
    }
    *ret_state = cached;
    return OK;
}

/* The decision's events, as the log takes them; their texts lie in the work's buffers. */
static void write_events(struct desk_work *work, const struct command_request *request,
                         const struct decision *decision)
{
    struct event_cause cause = {request->correlation_id, request->causation_id,
                                request->traceparent};
    desk_work_reserve(work, decision->count);
    text_clear(&work->meta);
    text_clear(&work->data);
    event_meta_write(&cause, &work->meta);
    for (size_t i = 0; i < decision->count; i++) {
        size_t start = work->data.length;
        json_write(decision->events[i].data, &work->data);
        id_make(work->ids.at + i * ID_UUID_BYTES);
        work->events[i] = (struct event){
            .type = slice_of(decision->events[i].type),
            .id = {work->ids.at + i * ID_UUID_BYTES, ID_UUID_BYTES - 1},
            .data = {NULL, work->data.length - start},
            .meta = text_slice(&work->meta),
        };
    }
    const char *at = work->data.at; /* which no longer moves */
    for (size_t i = 0; i < decision->count; i++) {
        work->events[i].data.at = at;
        at += work->events[i].data.length;
    }
}

static enum err evolve(struct cached_state *cached, const struct decision *decision,
                       struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < decision->count && !err; i++)
        err = aggregate_error(cached->aggregate->evolve(cached->state, decision->events[i].type,
                                                        decision->events[i].data, error),
                              error);
    return err ? error_add_context(error, err, "evolve %s", cached->stream) : OK;
}

/* Writing a large state costs as much as folding many events: one that has 1 KiB for each event of
 * the interval is written once in so many events more, so that the cost of an event stays bounded.
 */
static int64_t snapshot_interval(const struct desk_work *work, const struct cached_state *cached)
{
    int64_t kilobytes = (int64_t)(cached->aggregate->size(cached->state) / 1024);
    return kilobytes > work->snapshot_every ? kilobytes : work->snapshot_every;
}

/* A snapshot each time the version passes a multiple of the interval. */
static enum err maybe_snapshot(struct desk_work *work, const struct cached_state *cached,
                               int64_t version_before, struct error *error)
{
    int64_t number;
    int64_t interval = snapshot_interval(work, cached);
    if (cached->version / interval == version_before / interval)
        return OK;
    enum err err = stream_name_find(work->log, slice_of(cached->stream), &number, error);
    if (err)
        return err;
    return snapshot_store(work->log, work->catalogue, cached->aggregate, number, cached->version,
                          cached->state, error);
}

static enum err append(struct desk_work *work, const struct command_request *request,
                       struct cached_state *cached, const struct decision *decision,
                       struct command_answer *answer, struct error *error)
{
    int64_t before = cached->version;
    enum err err = desk_decision_check(work->catalogue, request->kind, decision, error);
    if (!err)
        err = desk_work_begin_writing(work, error);
    if (err)
        return err;
    write_events(work, request, decision);
    err = event_append(work->log, text_slice(&work->stream), EXPECT_ANY, &cached->version,
                       work->now_us, work->events, decision->count, error);
    if (!err)
        err = evolve(cached, decision, error);
    if (!err)
        err = maybe_snapshot(work, cached, before, error);
    if (err)
        return err;
    state_cache_weigh(work->cache, cached);
    desk_answer_accept(answer, text_slice(&work->stream), cached->version, work->log->head.position,
                       before == 0, work->events, decision->count);
    return OK;
}

static enum err decide(struct desk_work *work, const struct command_request *request,
                       struct command_answer *answer, struct error *error)
{
    AUTO(decision) struct decision decision = {0};
    struct cached_state *cached;
    enum err err = find_state(work, request, &cached, error);
    if (err)
        return err;
    answer->version = cached->version;
    err = event_append_check(text_slice(&work->stream), request->expected_version, cached->version,
                             error);
    if (err)
        return err;
    struct command command = {request->id, request->data, work->now_us};
    err = aggregate_error(request->kind->decide(cached->state, &command, &decision, error), error);
    if (err)
        return err;
    if (decision.count > 0)
        return append(work, request, cached, &decision, answer, error);
    desk_answer_accept(answer, text_slice(&work->stream), cached->version, work->head, false, NULL,
                       0);
    return OK;
}

static bool has_key(const struct command_request *request)
{
    return request->idempotency_key && request->idempotency_key[0];
}

static enum err store_answer(struct desk_work *work, const struct command_request *request,
                             const struct command_answer *answer, struct error *error)
{
    if (!has_key(request))
        return OK;
    enum err err = desk_work_begin_writing(work, error);
    return err ? err
               : idempotency_store(work->log, request, work->key_now_us + work->key_lifetime_us,
                                   answer, error);
}

/* Fills the answer; on an error what was written must be undone. */
static enum err answer_command(struct desk_work *work, struct command_request *request,
                               struct command_answer *answer, struct error *error)
{
    bool found = false;
    enum err err = desk_work_begin_command(work, request, error);
    if (!err && has_key(request))
        err = idempotency_find(work->log, request->idempotency_key, request->fingerprint,
                               work->key_now_us, &found, answer, error);
    if (err || found)
        return err;
    err = request->aggregate ? decide(work, request, answer, error)
                             : desk_foreign_append(work, request, answer, error);
    if (!err)
        err = store_answer(work, request, answer, error);
    return err ? err : desk_work_keep(work, error);
}

/* What the answer keeps to itself is in the process's log. */
static void refuse(const struct desk_work *work, const struct command_request *request,
                   struct command_answer *answer, const struct error *error)
{
    if (error_class(error->code) == ERROR_CLASS_STOP)
        log_error("%s for %s (traceparent %s): %s", request->kind ? request->kind->name : "append",
                  text_slice(&work->stream).at, request->traceparent ? request->traceparent : "",
                  error->text);
    desk_answer_refuse(answer, request, error, answer->version, work->head);
}

/* The answer to a refusal or failure. A refusal by the domain is stored under the key. */
static enum err answer_refusal(struct desk_work *work, const struct command_request *request,
                               struct command_answer *answer, struct error *error)
{
    refuse(work, request, answer, error);
    if (error->code != ERR_REFUSED)
        return OK;
    enum err err = store_answer(work, request, answer, error);
    return err ? err : desk_work_keep(work, error);
}

enum err desk_command_run(struct desk_work *work, struct command_request *request,
                          struct command_answer *answer, struct error *error)
{
    *answer = (struct command_answer){0};
    enum err err = answer_command(work, request, answer, error);
    if (!err || err == ERR_CORRUPT) /* a damaged log concerns the whole batch */
        return err;
    if (!desk_work_undo(work))
        return err;
    err = answer_refusal(work, request, answer, error);
    if (!err || err == ERR_CORRUPT)
        return err;
    if (!desk_work_undo(work))
        return err;
    refuse(work, request, answer, error);
    return OK;
}
