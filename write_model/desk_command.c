/* The steps of a command (docs/explanation/architecture.md).
 *
 * Invariant: a command that is refused or fails leaves the write set unchanged; a cached state is that of
 * its stream with the set stored.
 */
#include "write_model/desk_work.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "write_model/state_fold.h"

/* ---- the state ---- */

static void fold_set(const struct write_set *set, const struct write_set_stream *stream,
                     struct state_fold *fold)
{
    for (size_t i = 0; i < set->events.count; i++)
        if (&set->streams.at[set->events.at[i].stream] == stream)
            state_fold_event(fold, &set->events.at[i].event);
}

/* From the log, and with the events of the set. */
static enum err load_state(struct desk_work *work, const struct command_request *request,
                           const struct write_set_stream *in_set, struct cached_state **ret_state,
                           struct error *error)
{
    AUTO(state_fold) struct state_fold fold = {0};
    struct slice stream = request->stream;
    state_fold_begin(&fold, work->catalogue, request->aggregate);
    enum err err = state_fold_load(&fold, work->store, stream, (struct state_bound){0}, error);
    if (err)
        return err;
    if (in_set)
        fold_set(&work->set, in_set, &fold);
    if (fold.error.code)
        return error_set(error, fold.error.code, "%s", fold.error.text);
    *ret_state = state_cache_add(work->cache, stream, request->aggregate, fold.state, fold.version);
    fold.state = NULL;
    return OK;
}

static enum err find_state(struct desk_work *work, const struct command_request *request,
                           struct cached_state **ret_state, struct error *error)
{
    struct slice stream = request->stream;
    const struct write_set_stream *in_set = write_set_find_stream(&work->set, stream);
    struct cached_state *cached = state_cache_find(work->cache, stream);
    if (!cached)
        return load_state(work, request, in_set, ret_state, error);
    REQUIRE(!in_set || cached->version == in_set->version);
    *ret_state = cached;
    return OK;
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

/* Writing a large state costs as much as folding many events, so the interval has at least one event for
 * each KiB of the state. This bounds the cost for each event. */
static int64_t snapshot_interval(const struct desk_work *work, const struct cached_state *cached)
{
    int64_t kilobytes = (int64_t)(cached->aggregate->size(cached->state) / 1024);
    return kilobytes > work->snapshot_every ? kilobytes : work->snapshot_every;
}

/* A snapshot each time the version passes a multiple of the interval. */
static void maybe_snapshot(struct desk_work *work, const struct cached_state *cached,
                           int64_t version_before)
{
    AUTO(text) struct text text = {0};
    int64_t interval = snapshot_interval(work, cached);
    if (cached->version / interval == version_before / interval)
        return;
    AUTO(json) json_t *json = cached->aggregate->to_json(cached->state);
    json_write(json, &text);
    write_set_add_snapshot(
        &work->set, slice_of(cached->stream),
        &(struct stored_snapshot){.version = cached->version,
                                  .format = cached->aggregate->state_format,
                                  .catalogue = slice_of(catalogue_hash(work->catalogue)),
                                  .state = text_slice(&text)});
}

/* ---- deciding ---- */

static void add_events(struct desk_work *work, const struct command_request *request,
                       struct cached_state *cached, const struct decision *decision)
{
    int64_t before = cached->version;
    text_clear(&work->meta);
    command_request_write_meta(request, slice_of("{}"), &work->meta);
    for (size_t i = 0; i < decision->count; i++) {
        char id[ID_UUID_BYTES];
        id_make(id);
        text_clear(&work->data);
        json_write(decision->events[i].data, &work->data);
        struct event event = {.type = slice_of(decision->events[i].type),
                              .id = {id, sizeof id - 1},
                              .data = text_slice(&work->data),
                              .meta = text_slice(&work->meta)};
        cached->version =
            write_set_add_event(&work->set, request->stream, before, work->now_us, &event)->version;
    }
}

/* `added` are the events that the command added to the set; the state includes them. */
static void accept(struct desk_work *work, const struct command_request *request,
                   const struct cached_state *cached, const struct write_set_event *added,
                   size_t count, struct command_answer *answer)
{
    struct answered_event *events = arena_allocate(&work->arena, (count + 1) * sizeof *events);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct answered_event){added[i].event.id, added[i].event.type,
                                            added[i].event.position};
    command_request_accept(
        request,
        &(struct command_answer){.began = count > 0 && added[0].event.version == 1,
                                 .version = cached->version,
                                 .position = work->set.head.position,
                                 .stream = request->stream,
                                 .events = events,
                                 .event_count = count},
        answer);
}

/* The state evolves first: if that fails, the state is dropped, and nothing is added to the set. */
static enum err append(struct desk_work *work, const struct command_request *request,
                       struct cached_state *cached, const struct decision *decision,
                       struct command_answer *answer, struct error *error)
{
    int64_t before = cached->version;
    size_t first = work->set.events.count;
    enum err err = decision_check(decision, request->kind, work->catalogue, error);
    if (err)
        return err;
    err = evolve(cached, decision, error);
    if (err) {
        state_cache_drop(work->cache, cached);
        return err;
    }
    add_events(work, request, cached, decision);
    maybe_snapshot(work, cached, before);
    state_cache_weigh(work->cache, cached);
    accept(work, request, cached, &work->set.events.at[first], decision->count, answer);
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
    err = command_request_check_version(request, request->stream, cached->version, error);
    if (err)
        return err;
    struct command command = {request->id, request->data, work->now_us};
    err = aggregate_error(request->kind->decide(cached->state, &command, &decision, error), error);
    if (err)
        return err;
    if (decision.count > 0)
        return append(work, request, cached, &decision, answer, error);
    accept(work, request, cached, NULL, 0, answer);
    return OK;
}

/* ---- idempotency keys ---- */

static bool has_key(const struct command_request *request)
{
    return request->idempotency_key && request->idempotency_key[0];
}

/* The first answer to the request's key, from this batch or from the log. NULL: none. */
static const struct stored_answer *find_answer(const struct desk_work *work,
                                               const struct command_request *request,
                                               const struct desk_found *found)
{
    const struct stored_answer *in_set =
        has_key(request) ? write_set_find_answer(&work->set, slice_of(request->idempotency_key))
                         : NULL;
    return in_set ? in_set : found->answer;
}

static enum err replay(const struct command_request *request, const struct stored_answer *first,
                       struct command_answer *answer, struct error *error)
{
    if (memcmp(first->fingerprint, request->fingerprint, SHA256_BYTES) != 0)
        return error_set(error, ERR_KEY_REUSED,
                         "the Idempotency-Key \"%s\" was used before, with another method, path or "
                         "body; use a new key for a new request",
                         request->idempotency_key);
    command_request_replay(request, &first->answer, answer);
    return OK;
}

static void store_answer(struct desk_work *work, const struct command_request *request,
                         const struct command_answer *answer)
{
    if (has_key(request))
        write_set_add_answer(&work->set, &(struct stored_answer){
                                             .key = slice_of(request->idempotency_key),
                                             .fingerprint = request->fingerprint,
                                             .expires_us = work->key_now_us + work->key_lifetime_us,
                                             .answer = *answer,
                                         });
}

/* ---- one command ---- */

static enum err answer_command(struct desk_work *work, const struct command_request *request,
                               const struct desk_found *found, struct command_answer *answer,
                               struct error *error)
{
    if (found->answer_fault)
        return error_set(error, ERR_INTERNAL,
                         "the answer stored under the key \"%s\" cannot be read: %s",
                         request->idempotency_key, found->answer_fault);
    const struct stored_answer *first = find_answer(work, request, found);
    if (first)
        return replay(request, first, answer, error);
    enum err err = request->aggregate ? decide(work, request, answer, error)
                                      : desk_external_append(work, request, found, answer, error);
    if (!err)
        store_answer(work, request, answer);
    return err;
}

/* Logs errors whose text clients do not get. */
static void refuse(const struct desk_work *work, const struct command_request *request,
                   struct command_answer *answer, const struct error *error)
{
    if (error_class(error->code) != ERROR_CLASS_ANSWER)
        log_error("%s for %.*s (traceparent %s): %s",
                  request->kind ? request->kind->name : "append", SLICE(request->stream),
                  request->traceparent ? request->traceparent : "", error->text);
    command_request_refuse(request, error, answer->version, work->set.head.position, answer);
}

enum err desk_command_run(struct desk_work *work, struct command_request *request,
                          const struct desk_found *found, struct command_answer *answer,
                          struct error *error)
{
    *answer = (struct command_answer){0};
    work->now_us = write_set_time_us(&work->set, clock_now_us());
    enum err err = answer_command(work, request, found, answer, error);
    if (!err || err == ERR_CORRUPT) /* a damaged log concerns the whole batch */
        return err;
    refuse(work, request, answer, error);
    if (err == ERR_REFUSED) /* a refusal by the domain is an answer to the key */
        store_answer(work, request, answer);
    return OK;
}
