/* Invariant: a source and id is in the log at most once, for ever. All events of an answer are of
 * one stream. */
#include "write_model/desk_foreign.h"

#include "write_model/desk_answer.h"
#include "write_model/event_meta.h"
#include "write_model/expected_version.h"

struct foreign_run {
    struct desk_work *work;
    const struct command_request *request;
    const struct desk_found *found;
    struct slice target;                 /* the stream the answer is about; empty: not known yet */
    int64_t version_before;              /* of the request's stream in the log */
    int64_t last_position, last_version; /* of the events of the answer */
    bool began;                          /* with one of them the stream began */
    bool appended;
    struct write_set_event *listed; /* the events of the answer */
};

static const struct write_set_stream *own_stream(const struct foreign_run *run)
{
    return write_set_find_stream(&run->work->set, text_slice(&run->work->stream));
}

static int64_t own_version(const struct foreign_run *run)
{
    const struct write_set_stream *stream = own_stream(run);
    return stream ? stream->version : run->version_before;
}

/* An event of the answer, at its place. */
static enum err list_event(struct foreign_run *run, size_t i, const struct event *event,
                           struct error *error)
{
    if (run->target.length && !slice_equal(run->target, event->stream))
        return error_set(error, ERR_REFUSED,
                         "event %s of source %s was stored before, in another stream than other "
                         "events of this request",
                         run->request->foreign[i].id, run->request->foreign[i].source);
    run->target = event->stream;
    run->listed[i].event = *event;
    run->began |= event->version == 1;
    if (event->position > run->last_position) {
        run->last_position = event->position;
        run->last_version = event->version;
    }
    return OK;
}

/* Foreign events may change a state that is cached: it is loaded again when it is needed. */
static void drop_state(struct desk_work *work)
{
    struct cached_state *cached = state_cache_find(work->cache, text_slice(&work->stream));
    if (cached)
        state_cache_drop(work->cache, cached);
}

/* The expected version is that of the stream before the first event that is added. */
static enum err add_new(struct foreign_run *run, size_t i, const struct event **ret_event,
                        struct error *error)
{
    struct desk_work *work = run->work;
    const struct foreign_event *foreign = &run->request->foreign[i];
    struct event_cause cause = {run->request->correlation_id, run->request->causation_id,
                                run->request->traceparent};
    struct slice stream = text_slice(&work->stream);
    if (!run->appended) {
        enum err err =
            expected_version_check(stream, run->request->expected_version, own_version(run), error);
        if (err)
            return err;
    }
    drop_state(work);
    text_clear(&work->meta);
    event_meta_complete(slice_of(foreign->meta), &cause, &work->meta);
    struct event event = {.type = slice_of(foreign->type),
                          .id = slice_of(foreign->id),
                          .data = slice_of(foreign->data),
                          .meta = text_slice(&work->meta)};
    *ret_event = write_set_add_event(&work->set, stream, run->version_before, work->now_us, &event);
    write_set_add_external(&work->set, slice_of(foreign->source), slice_of(foreign->id));
    run->appended = true;
    return OK;
}

static enum err take_event(struct foreign_run *run, size_t i, struct error *error)
{
    const struct foreign_event *foreign = &run->request->foreign[i];
    const struct desk_place *place = &run->work->places.at[run->found->first_foreign + i];
    struct event stored = {.position = place->position,
                           .version = place->version,
                           .stream = place->stream,
                           .type = place->type,
                           .id = slice_of(foreign->id)};
    const struct event *event = &stored;
    enum err err = OK;
    if (place->position == 0)
        event = write_set_find_external(&run->work->set, slice_of(foreign->source),
                                        slice_of(foreign->id));
    if (!event)
        err = add_new(run, i, &event, error);
    return err ? err : list_event(run, i, event, error);
}

static enum err take_all(struct foreign_run *run, struct error *error)
{
    struct write_set_mark mark = write_set_mark(&run->work->set);
    enum err err = OK;
    for (size_t i = 0; i < run->request->foreign_count && !err; i++)
        err = take_event(run, i, error);
    if (err)
        write_set_cut(&run->work->set, &mark);
    return err;
}

enum err desk_foreign_append(struct desk_work *work, const struct command_request *request,
                             const struct desk_found *found, struct command_answer *ret_answer,
                             struct error *error)
{
    struct foreign_run run = {.work = work, .request = request, .found = found};
    REQUIRE(request->foreign_count > 0);
    const struct write_set_stream *stream = own_stream(&run);
    run.version_before = stream ? stream->version_before : found->version;
    run.listed = arena_allocate(&work->arena, request->foreign_count * sizeof *run.listed);
    ret_answer->version = own_version(&run);
    enum err err = take_all(&run, error);
    if (err)
        return err;
    desk_answer_accept(ret_answer, run.target, run.last_version, run.last_position, run.began,
                       run.listed, request->foreign_count);
    ret_answer->replayed = !run.appended;
    return OK;
}
