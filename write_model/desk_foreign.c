/* Invariant: a source and id is in the log at most once, for ever. All events of an answer are of
 * one stream. */
#include "write_model/desk_foreign.h"

#include "event_store/sqlite/event_append.h"
#include "write_model/desk_answer.h"
#include "write_model/event_meta.h"

struct foreign_run {
    struct desk_work *work;
    const struct command_request *request;
    int64_t own;                         /* number of the request's stream; 0: there is none yet */
    int64_t target;                      /* of the stream the answer is about; 0: not known yet */
    int64_t version;                     /* of the request's stream */
    int64_t last_position, last_version; /* of the events of the answer */
    bool began;                          /* with one of them the stream began */
    bool appended;
};

/* An event of the answer, at its place. */
static enum err list_event(struct foreign_run *run, size_t i, int64_t stream, struct error *error)
{
    struct event *event = &run->work->events[i];
    if (run->target && run->target != stream)
        return error_set(error, ERR_REFUSED,
                         "event %s of source %s was stored before, in another stream than other "
                         "events of this request",
                         run->request->foreign[i].id, run->request->foreign[i].source);
    run->target = stream;
    run->began |= event->version == 1;
    if (event->position > run->last_position) {
        run->last_position = event->position;
        run->last_version = event->version;
    }
    return OK;
}

/* Fills the i-th event with what is in the log of it, if it is. */
static enum err find_stored(struct foreign_run *run, size_t i, int64_t *ret_stream,
                            struct error *error)
{
    const struct foreign_event *foreign = &run->request->foreign[i];
    struct event *event = &run->work->events[i];
    struct statement *find;
    bool row;
    enum err err = log_statement_get(run->work->log, LOG_FOREIGN_FIND, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(foreign->source));
    statement_bind_text(find, 2, slice_of(foreign->id));
    err = statement_step(find, &row, error);
    *ret_stream = !err && row ? statement_int(find, 2) : 0;
    if (*ret_stream) {
        *event = (struct event){.position = statement_int(find, 0),
                                .version = statement_int(find, 1),
                                .id = slice_of(foreign->id)};
        err = type_name_of(run->work->log, statement_int(find, 3), &event->type, error);
    }
    statement_reset(find);
    return err;
}

static enum err remember(struct foreign_run *run, size_t i, struct error *error)
{
    const struct foreign_event *foreign = &run->request->foreign[i];
    struct statement *insert;
    enum err err = log_statement_get(run->work->log, LOG_FOREIGN_INSERT, &insert, error);
    if (err)
        return err;
    statement_bind_text(insert, 1, slice_of(foreign->source));
    statement_bind_text(insert, 2, slice_of(foreign->id));
    statement_bind_int(insert, 3, run->work->events[i].position);
    return statement_run(insert, error);
}

/* The expected version is that of the stream before the first event we append. */
static enum err append_new(struct foreign_run *run, size_t i, struct error *error)
{
    struct desk_work *work = run->work;
    const struct foreign_event *foreign = &run->request->foreign[i];
    struct event_cause cause = {run->request->correlation_id, run->request->causation_id,
                                run->request->traceparent};
    int64_t expected = run->appended ? EXPECT_ANY : run->request->expected_version;
    text_clear(&work->meta);
    event_meta_complete(slice_of(foreign->meta), &cause, &work->meta);
    work->events[i] = (struct event){.type = slice_of(foreign->type),
                                     .id = slice_of(foreign->id),
                                     .data = slice_of(foreign->data),
                                     .meta = text_slice(&work->meta)};
    enum err err = event_append_check(text_slice(&work->stream), expected, run->version, error);
    if (!err)
        err = desk_work_begin_writing(work, error);
    if (!err)
        err = event_append(work->log, text_slice(&work->stream), EXPECT_ANY, &run->version,
                           work->now_us, &work->events[i], 1, error);
    if (!err && run->own == 0)
        err = stream_name_find(work->log, text_slice(&work->stream), &run->own, error);
    run->appended |= !err;
    return err ? err : remember(run, i, error);
}

static enum err take_event(struct foreign_run *run, size_t i, struct error *error)
{
    int64_t stream;
    enum err err = find_stored(run, i, &stream, error);
    if (!err && stream == 0) {
        err = append_new(run, i, error);
        stream = run->own;
    }
    return err ? err : list_event(run, i, stream, error);
}

static enum err answer(struct foreign_run *run, struct command_answer *ret_answer,
                       struct error *error)
{
    struct slice stream;
    enum err err = stream_name_of(run->work->log, run->target, &stream, error);
    if (err)
        return err;
    desk_answer_accept(ret_answer, stream, run->last_version, run->last_position, run->began,
                       run->work->events, run->request->foreign_count);
    ret_answer->replayed = !run->appended;
    return OK;
}

enum err desk_foreign_append(struct desk_work *work, const struct command_request *request,
                             struct command_answer *ret_answer, struct error *error)
{
    struct foreign_run run = {.work = work, .request = request};
    struct slice stream = text_slice(&work->stream);
    REQUIRE(request->foreign_count > 0);
    desk_work_reserve(work, request->foreign_count);
    enum err err = stream_name_find(work->log, stream, &run.own, error);
    if (!err && run.own)
        err = stream_name_version(work->log, run.own, &run.version, error);
    ret_answer->version = run.version;
    for (size_t i = 0; i < request->foreign_count && !err; i++)
        err = take_event(&run, i, error);
    return err ? err : answer(&run, ret_answer, error);
}
