#include "write_model/desk_answer.h"

#include "base/json_text.h"
#include "http/problem.h"

#define TRACE_ID_AT    3 /* in a traceparent: "00-<trace id>-…" */
#define TRACE_ID_BYTES 32

static void add_event(struct text *body, const struct event *event)
{
    text_add(body, "{\"id\":");
    json_text_quote(body, event->id);
    text_add(body, ",\"type\":");
    json_text_quote(body, event->type);
    text_add(body, ",\"position\":");
    text_add_int(body, event->position);
    text_add_char(body, '}');
}

static void take_body(struct command_answer *answer, struct text *body)
{
    answer->body_length = body->length;
    answer->body = text_take(body);
}

void desk_answer_accept(struct command_answer *answer, struct slice stream, int64_t version,
                        int64_t position, bool began, const struct write_set_event *events,
                        size_t count)
{
    AUTO(text) struct text body = {0};
    *answer = (struct command_answer){
        .status = began ? 201 : 200, .version = version, .position = position};
    text_add(&body, "{\"stream\":");
    json_text_quote(&body, stream);
    text_add(&body, ",\"version\":");
    text_add_int(&body, version);
    text_add(&body, ",\"position\":");
    text_add_int(&body, position);
    text_add(&body, ",\"events\":[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            text_add_char(&body, ',');
        add_event(&body, &events[i].event);
    }
    text_add(&body, "]}");
    take_body(answer, &body);
}

void desk_answer_refuse(struct command_answer *answer, const struct command_request *request,
                        const struct error *error, int64_t version, int64_t position)
{
    AUTO(text) struct text body = {0};
    char trace_id[TRACE_ID_BYTES + 1] = "";
    if (request->traceparent && strlen(request->traceparent) >= TRACE_ID_AT + TRACE_ID_BYTES)
        memcpy(trace_id, request->traceparent + TRACE_ID_AT, TRACE_ID_BYTES);
    struct problem problem = {
        .error = error,
        .trace_id = trace_id,
        .current_version = error->code == ERR_WRONG_VERSION ? version : -1,
    };
    free(answer->body);
    *answer = (struct command_answer){
        .status = error_http_status(error->code),
        .err = error->code,
        .version = version,
        .position = position,
    };
    problem_write(&problem, &body);
    take_body(answer, &body);
}

void desk_answer_restore(struct command_answer *answer, const struct stored_answer *stored)
{
    *answer = (struct command_answer){
        .status = stored->status,
        .err = stored->status == error_http_status(ERR_REFUSED) ? ERR_REFUSED : OK,
        .version = stored->version,
        .position = stored->position,
        .body = strndup(stored->body.at, stored->body.length),
        .body_length = stored->body.length,
        .replayed = true,
    };
    REQUIRE(answer->body && stored->correlation_id.length < sizeof answer->correlation_id);
    memcpy(answer->correlation_id, stored->correlation_id.at, stored->correlation_id.length);
}
