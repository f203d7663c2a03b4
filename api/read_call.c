/* All decisions are made on the HTTP thread; a worker only reads. */
#include "api/read_call.h"

#include "base/clock.h"
#include "http/http_answer.h"

#define TURN_MOST_MS 10000

static void finish(struct http_request *request)
{
    struct read_call *call = read_call_of(request);
    if (call->finish)
        call->finish(request);
    read_answer_finish(&call->answer);
}

/* On a worker. Who has waited very long for a turn is better told so than kept. */
static bool run(struct http_request *request)
{
    struct read_call *call = read_call_of(request);
    call->error = (struct error){0};
    if (clock_monotonic_ms() - call->submitted_ms > TURN_MOST_MS)
        call->err = error_set(&call->error, ERR_QUEUE_FULL,
                              "no thread was free for this list or query in %d s; try again",
                              TURN_MOST_MS / 1000);
    else
        call->err = read_request_read(request, call->model, &call->freshness, call->read,
                                      &call->answer, &call->error);
    return true;
}

static struct read_job *make_job(struct http_request *request)
{
    struct read_call *call = read_call_of(request);
    call->submitted_ms = clock_monotonic_ms();
    call->job = (struct read_job){.request = request, .run = run};
    return &call->job;
}

/* Resumed, by a worker that has read or because a wait is over. */
static enum err go_on(struct http_request *request, struct error *error)
{
    struct read_call *call = read_call_of(request);
    if (call->parked) {
        call->parked = false;
        read_workers_submit_more(query_endpoint_of(request)->workers, make_job(request));
        return OK;
    }
    switch (read_request_conclude(request, call->model, &call->freshness, call->err, &call->answer,
                                  &call->error)) {
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

enum err read_call_create(struct http_request *request, const struct model *model, read_fn *read,
                          struct read_call **ret_call, struct error *error)
{
    struct read_call *call = arena_allocate(&request->arena, sizeof *call);
    *call = (struct read_call){.model = model, .read = read};
    enum err err = query_string_read(request, &call->query, error);
    if (!err)
        err = read_request_freshness(request, &call->freshness, error);
    if (err)
        return err;
    request->state = call;
    request->finish = finish;
    request->resume = go_on;
    *ret_call = call;
    return OK;
}

enum err read_call_start(struct http_request *request, struct error *error)
{
    return read_workers_submit(query_endpoint_of(request)->workers, make_job(request), error);
}
