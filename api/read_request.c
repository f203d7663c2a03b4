/* The read comes first and the comparison after: a client whose position has been reached, the usual
 * case, costs no more than any other. All decisions are made on the HTTP thread; a worker only reads.
 */
#include "api/read_request.h"

#include "base/clock.h"
#include "http/http_answer.h"
#include "http/waiting.h"

#define WAIT_DEFAULT_SECONDS 5
#define TURN_MOST_MS         10000 /* for a worker */

enum err read_request_freshness(struct http_request *request, struct freshness *ret,
                                struct error *error)
{
    const char *text = http_request_header(request, HTTP_ANNAL_MIN_POSITION);
    *ret = (struct freshness){.wait_seconds = WAIT_DEFAULT_SECONDS};
    if (!text)
        return OK;
    if (!slice_read_int(slice_of(text), &ret->min_position) || ret->min_position < 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "Annal-Min-Position must be a position, such as 42");
    return waiting_read_seconds(request, WAIT_DEFAULT_SECONDS, &ret->wait_seconds, error);
}

enum err read_request_keep_freshness(struct http_request *request, const struct freshness **ret,
                                     struct error *error)
{
    enum err err = OK;
    if (!request->state) {
        struct freshness *freshness = arena_allocate(&request->arena, sizeof *freshness);
        err = read_request_freshness(request, freshness, error);
        request->state = freshness;
    }
    *ret = request->state;
    return err;
}

/* A missing row or file may appear with the events that the client waits for. */
static bool may_come(enum err err)
{
    return err == OK || err == ERR_NOT_FOUND || err == ERR_NOT_READY;
}

static bool is_too_old(const struct freshness *freshness, enum err err,
                       const struct read_answer *answer)
{
    return answer->model && may_come(err) && !answer->settled &&
           answer->position < freshness->min_position;
}

/* The read uses the memory of the request's own answer, so that it is reused. */
static enum err read_into(struct http_request *request, read_fn *read, struct read_answer *answer,
                          struct error *error)
{
    answer->body = request->answer.body;
    enum err err = read(request, answer, error);
    request->answer.body = answer->body;
    answer->body = (struct text){0};
    return err;
}

/* Reading the position renews this thread's snapshot. */
static bool has_come(struct read_side *side, const struct model *model, int64_t min_position)
{
    int64_t position = 0;
    return read_side_position(side, model, &position, NULL) == OK && position >= min_position;
}

enum err read_request_read(struct http_request *request, const struct freshness *freshness,
                           read_fn *read, struct read_answer *answer, struct error *error)
{
    struct read_side *side = query_endpoint_of(request)->options.side;
    enum err err = read_into(request, read, answer, error);
    if (is_too_old(freshness, err, answer) &&
        has_come(side, answer->model, freshness->min_position))
        err = read_into(request, read, answer, error);
    return err;
}

static enum read_outcome wait_or_fail(struct http_request *request,
                                      const struct freshness *freshness,
                                      const struct read_answer *answer, struct error *error)
{
    text_clear(&request->answer.body);
    if (request->wake != HTTP_WAKE_EXPIRED && freshness->wait_seconds > 0) {
        http_deferral_begin(request,
                            &(struct http_deferral){.subject = answer->model,
                                                    .awaited = freshness->min_position,
                                                    .wait_ms = freshness->wait_seconds * 1000});
        return READ_PARKED;
    }
    error_set(
        error, ERR_NOT_REACHED, "read model %s is at position %lld, not yet at %lld; try again",
        model_name(answer->model), (long long)answer->position, (long long)freshness->min_position);
    http_answer_error(request, error);
    return READ_FAILED;
}

/* The cause may be a file of the server, which the log names. */
static void answer_failure(struct http_request *request, const struct read_answer *answer,
                           const struct error *error)
{
    AUTO(text) struct text failure = {0};
    if (answer->model)
        text_printf(&failure, "read model %s cannot be read", model_name(answer->model));
    http_answer_problem(request, &(struct problem){.error = error,
                                                   .failure = answer->model ? failure.at : NULL,
                                                   .current_version = -1});
}

enum read_outcome read_request_conclude(struct http_request *request,
                                        const struct freshness *freshness, enum err err,
                                        const struct read_answer *answer, struct error *error)
{
    if (is_too_old(freshness, err, answer))
        return wait_or_fail(request, freshness, answer, error);
    if (err)
        answer_failure(request, answer, error);
    if (answer->position > 0 || (answer->model && (err == OK || err == ERR_NOT_FOUND)))
        http_answer_header_int(request, "Annal-Position", answer->position);
    return err ? READ_FAILED : READ_DONE;
}

/* --- on a worker ------------------------------------------------------------------------------ */

static void finish(struct http_request *request)
{
    struct read_call *call = read_request_call(request);
    if (call->finish)
        call->finish(request);
    read_answer_finish(&call->answer);
}

/* On a worker. A request that has waited too long is answered with an error, without a read. */
static bool run(struct http_request *request)
{
    struct read_call *call = read_request_call(request);
    call->error = (struct error){0};
    if (clock_monotonic_ms() - call->submitted_ms > TURN_MOST_MS)
        call->err = error_set(&call->error, ERR_QUEUE_FULL,
                              "no thread was free for this list or query within %d s; try again",
                              TURN_MOST_MS / 1000);
    else
        call->err =
            read_request_read(request, &call->freshness, call->read, &call->answer, &call->error);
    return true;
}

static struct read_job *make_job(struct http_request *request)
{
    struct read_call *call = read_request_call(request);
    call->submitted_ms = clock_monotonic_ms();
    call->job = (struct read_job){.request = request, .run = run};
    return &call->job;
}

/* Resumed, by a worker that has read or because a wait is over. */
static enum err resume(struct http_request *request, struct error *error)
{
    struct read_call *call = read_request_call(request);
    if (call->parked) {
        call->parked = false;
        read_workers_submit_more(query_endpoint_of(request)->workers, make_job(request));
        return OK;
    }
    switch (
        read_request_conclude(request, &call->freshness, call->err, &call->answer, &call->error)) {
    case READ_DONE:
        return call->answer_with(request, error);
    case READ_PARKED:
        call->parked = true;
        break;
    case READ_FAILED:
        break;
    }
    return OK;
}

enum err read_request_create_call(struct http_request *request, read_fn *read,
                                  struct read_call **ret_call, struct error *error)
{
    struct read_call *call = arena_allocate(&request->arena, sizeof *call);
    *call = (struct read_call){.read = read};
    enum err err = query_string_read(request, &call->query, error);
    if (!err)
        err = read_request_freshness(request, &call->freshness, error);
    if (err)
        return err;
    request->state = call;
    request->finish = finish;
    request->resume = resume;
    *ret_call = call;
    return OK;
}

enum err read_request_start_call(struct http_request *request, struct error *error)
{
    return read_workers_submit(query_endpoint_of(request)->workers, make_job(request), error);
}
