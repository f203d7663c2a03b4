/* One request at the command desk: from the headers that all writes share to the answer. Commands and
 * appended events both use it. */
#pragma once

#include "api/cloudevent_body.h"
#include "api/write_headers.h"
#include "write_model/command_desk.h"

struct desk_call {
    struct http_request *request;
    struct command_request desk_request;
    struct command_answer answer;
    struct cloudevent_body external; /* the events to append; none for a command */
    struct write_headers headers;
};

/* A call for the stream category/id with the values of the headers: expected version, idempotency key,
 * ids, trace. Lives as long as the request. */
MUST_CHECK enum err desk_call_begin(struct http_request *request, const char *category,
                                    const char *id, struct desk_call **ret_call,
                                    struct error *error);

/* Suspends the request and hands the call to the desk; the handler then returns OK. The desk's
 * answer becomes the request's. */
void desk_call_submit(struct desk_call *call, struct command_desk *desk);

/* Sets the reason why the desk did not queue a request; `err` is the result of command_desk_submit(). */
enum err desk_call_explain(const struct http_request *request, enum err err, struct error *error);
