/* Appending external events: POST /streams/{category}/{id}.
 *
 * Invariant: the log has a source and id at most once. All events of an answer are of one stream.
 */
#include "write_model/desk_work.h"

struct append_run {
    struct desk_work *work;
    const struct command_request *request;
    const struct desk_found *found;
    struct slice target;                 /* the stream of the answer; empty: not known yet */
    int64_t version_before;              /* of the request's stream in the log */
    int64_t last_position, last_version; /* of the events of the answer */
    bool began;                          /* with one of them the stream began */
    bool appended;
    struct answered_event *listed; /* the events of the answer */
};

static const struct write_set_stream *own_stream(const struct append_run *run)
{
    return write_set_find_stream(&run->work->set, run->request->stream);
}

static int64_t own_version(const struct append_run *run)
{
    const struct write_set_stream *stream = own_stream(run);
    return stream ? stream->version : run->version_before;
}

/* Adds an event to the answer. */
static enum err list_event(struct append_run *run, size_t i, const struct event *event,
                           struct error *error)
{
    if (run->target.length && !slice_equal(run->target, event->stream))
        return error_set(error, ERR_REFUSED,
                         "event %s of source %s is already stored, in another stream than other "
                         "events of this request",
                         run->request->externals[i].id, run->request->externals[i].source);
    run->target = event->stream;
    run->listed[i] = (struct answered_event){event->id, event->type, event->position};
    run->began |= event->version == 1;
    if (event->position > run->last_position) {
        run->last_position = event->position;
        run->last_version = event->version;
    }
    return OK;
}

/* External events may change the state of an aggregate: it is loaded again when it is needed. */
static void drop_state(struct desk_work *work, struct slice stream)
{
    struct cached_state *cached = state_cache_find(work->cache, stream);
    if (cached)
        state_cache_drop(work->cache, cached);
}

/* The expected version is that of the stream before the first event that is added. */
static enum err add_new(struct append_run *run, size_t i, const struct event **ret_event,
                        struct error *error)
{
    struct desk_work *work = run->work;
    const struct external_event *external = &run->request->externals[i];
    struct slice stream = run->request->stream;
    if (!run->appended) {
        enum err err = command_request_check_version(run->request, stream, own_version(run), error);
        if (err)
            return err;
    }
    drop_state(work, stream);
    text_clear(&work->meta);
    command_request_write_meta(run->request, slice_of(external->meta), &work->meta);
    struct event event = {.type = slice_of(external->type),
                          .id = slice_of(external->id),
                          .data = slice_of(external->data),
                          .meta = text_slice(&work->meta)};
    *ret_event = write_set_add_event(&work->set, stream, run->version_before, work->now_us, &event);
    write_set_add_external(&work->set, slice_of(external->source), slice_of(external->id));
    run->appended = true;
    return OK;
}

static enum err take_event(struct append_run *run, size_t i, struct error *error)
{
    const struct external_event *external = &run->request->externals[i];
    const struct desk_place *place = &run->work->places.at[run->found->first_external + i];
    struct event stored = {.position = place->position,
                           .version = place->version,
                           .stream = place->stream,
                           .type = place->type,
                           .id = slice_of(external->id)};
    const struct event *event = &stored;
    enum err err = OK;
    if (place->position == 0)
        event = write_set_find_external(&run->work->set, slice_of(external->source),
                                        slice_of(external->id));
    if (!event)
        err = add_new(run, i, &event, error);
    return err ? err : list_event(run, i, event, error);
}

static enum err take_all(struct append_run *run, struct error *error)
{
    struct write_set_mark mark = write_set_mark(&run->work->set);
    enum err err = OK;
    for (size_t i = 0; i < run->request->external_count && !err; i++)
        err = take_event(run, i, error);
    if (err)
        write_set_cut(&run->work->set, &mark);
    return err;
}

enum err desk_external_append(struct desk_work *work, const struct command_request *request,
                              const struct desk_found *found, struct command_answer *ret_answer,
                              struct error *error)
{
    struct append_run run = {.work = work, .request = request, .found = found};
    REQUIRE(request->external_count > 0);
    const struct write_set_stream *stream = own_stream(&run);
    run.version_before = stream ? stream->version_before : found->version;
    run.listed = arena_allocate(&work->arena, request->external_count * sizeof *run.listed);
    ret_answer->version = own_version(&run);
    enum err err = take_all(&run, error);
    if (err)
        return err;
    command_request_accept(request,
                           &(struct command_answer){.began = run.began,
                                                    .version = run.last_version,
                                                    .position = run.last_position,
                                                    .stream = run.target,
                                                    .events = run.listed,
                                                    .event_count = request->external_count},
                           ret_answer);
    ret_answer->replayed = !run.appended;
    return OK;
}
