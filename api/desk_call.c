/* The desk's thread only stores its answer and resumes; the HTTP thread renders it. */
#include "api/desk_call.h"

#include "api/answer_body.h"
#include "api/command_context.h"
#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/idempotency_key.h"

static void finish(struct http_request *request)
{
    struct desk_call *call = request->state;
    json_decref(call->desk_request.data);
    cloudevent_body_finish(&call->external);
}

enum err desk_call_begin(struct http_request *request, const char *category, const char *id,
                         struct desk_call **ret_call, struct error *error)
{
    struct desk_call *call = arena_allocate(&request->arena, sizeof *call);
    *call = (struct desk_call){.request = request};
    struct command_request *desk_request = &call->desk_request;
    desk_request->arena = &request->arena;
    struct write_headers *headers = &call->headers;
    enum err err = write_headers_read(request, headers, error);
    if (err)
        return err;
    if (headers->idempotency_key[0])
        idempotency_key_fingerprint(request->method, request->path, text_slice(&request->body),
                                    desk_request->fingerprint);
    command_request_set_stream(desk_request, category, id);
    desk_request->expected_version = headers->expected_version;
    desk_request->idempotency_key = headers->idempotency_key;
    desk_request->correlation_id = headers->correlation;
    desk_request->causation_id = headers->causation;
    desk_request->traceparent = headers->traceparent;
    desk_request->bytes = request->body.length;
    request->state = call;
    request->finish_body = finish;
    *ret_call = call;
    return OK;
}

/* The stream of the answer: that of a replay may differ from the one generated for this request. */
static void add_location(struct http_request *request, struct slice stream)
{
    AUTO(text) struct text location = {0};
    text_add(&location, "/streams/");
    text_add_slice(&location, stream);
    http_answer_header(request, "Location", http_request_string(request, text_slice(&location)));
}

static void add_headers(struct http_request *request, const struct command_answer *answer)
{
    if (answer->version > 0 && (!answer->err || answer->err == ERR_WRONG_VERSION))
        http_answer_etag_version(request, answer->version);
    if (!answer->err) {
        http_answer_header_int(request, "Annal-Position", answer->position);
        add_location(request, answer->stream);
    }
    http_answer_header(request, "Correlation-Id",
                       http_request_string(request, answer->correlation_id));
    if (answer->replayed)
        http_answer_header(request, "Idempotency-Replayed", "true");
    http_answer_retry_after(request, answer->err);
}

static enum err answered(struct http_request *request, struct error *error)
{
    (void)error;
    const struct desk_call *call = request->state;
    answer_body_write(&call->answer, &request->answer.body);
    http_answer(request, answer_body_status(&call->answer),
                call->answer.err ? HTTP_PROBLEM : HTTP_JSON);
    add_headers(request, &call->answer);
    return OK;
}

/* On the desk's thread. The request may be freed as soon as it is resumed. */
static void done(struct command_request *desk_request, const struct command_answer *answer)
{
    struct desk_call *call = desk_request->context;
    call->answer = *answer;
    http_deferral_wake(call->request);
}

enum err desk_call_explain(const struct http_request *request, enum err err, struct error *error)
{
    if (error_class(err) == ERROR_CLASS_STOP)
        return command_desk_damage(command_endpoint_of(request)->options.desk, error);
    return error_set(error, err, "%s",
                     err == ERR_STOPPING ? "this server is shutting down; try again"
                                         : "too many commands are waiting; try again");
}

static enum err not_queued(struct http_request *request, struct error *error)
{
    const struct desk_call *call = request->state;
    return desk_call_explain(request, call->answer.err, error);
}

void desk_call_submit(struct desk_call *call, struct command_desk *desk)
{
    struct http_request *request = call->request;
    struct error error = {0};
    call->desk_request.done = done;
    call->desk_request.context = call;
    request->resume = answered;
    http_deferral_begin(request, &(struct http_deferral){.kept = true});
    enum err err = command_desk_submit(desk, &call->desk_request, &error);
    if (err) {
        call->answer.err = err;
        request->resume = not_queued;
        http_deferral_wake(request);
    }
}
