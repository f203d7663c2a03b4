/* All decisions are made on the HTTP thread; a worker only reads. */
#include "api/log_call.h"

#include "api/command_endpoint_private.h"

static void run(struct http_request *request)
{
    struct log_call *call = request->state;
    struct log_readers *readers = command_endpoint_of(request)->readers;
    struct event_log *log;
    call->error = (struct error){0};
    call->err = log_readers_take(readers, &log, &call->error);
    if (call->err)
        return;
    call->err = call->read(request, log, &call->error);
    log_readers_give_back(readers, log);
}

/* Resumed by the worker. */
static enum err go_on(struct http_request *request, struct error *error)
{
    struct log_call *call = request->state;
    if (!call->err)
        return call->conclude(request, error);
    *error = call->error;
    return call->err;
}

/* Resumed, having been parked. It was let in before, and is not refused now. */
static enum err read_again(struct http_request *request, struct error *error)
{
    struct log_call *call = request->state;
    (void)error;
    request->resume = go_on;
    read_workers_submit_more(command_endpoint_of(request)->workers, &call->job);
    return OK;
}

enum err log_call_start(struct http_request *request, struct log_call *call, struct error *error)
{
    call->job = (struct read_job){.request = request, .run = run};
    request->state = call;
    request->resume = go_on;
    return read_workers_submit(command_endpoint_of(request)->workers, &call->job, error);
}

void log_call_again(struct http_request *request)
{
    request->resume = read_again;
}
