#include "api/log_call.h"

#include "api/command_context.h"
#include "http/http_server.h"

static enum err read_log(struct http_request *request, struct log_call *call, struct error *error)
{
    struct log_readers *readers = command_endpoint_of(request)->readers;
    struct event_store *log;
    enum err err = log_readers_take(readers, &log, error);
    if (err)
        return err;
    err = call->read(request, log, error);
    log_readers_give_back(readers, log);
    if (err == ERR_CORRUPT)
        command_desk_report_damage(command_endpoint_of(request)->options.desk, "read", error);
    return err;
}

static bool run(struct http_request *request)
{
    struct log_call *call = request->state;
    call->error = (struct error){0};
    call->reads_on = false;
    call->page_bytes = http_server_page_bytes(request);
    call->err = read_log(request, call, &call->error);
    return call->err || !call->reads_on;
}

/* Resumed by the worker. */
static enum err go_on(struct http_request *request, struct error *error)
{
    struct log_call *call = request->state;
    if (!call->err)
        return call->conclude ? call->conclude(request, error) : OK;
    *error = call->error;
    return call->err;
}

/* Resumed after it was parked. A full queue does not reject it: it was accepted before. */
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
