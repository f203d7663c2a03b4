/* One HTTP request of the dispatcher and the messages in it: a question, many commands, or many
 * events. */
#pragma once

#include "http/http_calls.h"
#include "sagas/outbox_message.h"

struct dispatch_request {
    enum outbox_kind kind;
    struct outbox_messages messages;
    struct text body;
};

struct dispatch_request *dispatch_request_create(enum outbox_kind kind);
/* With the messages that are still in it. */
void dispatch_request_destroy(struct dispatch_request *request);

/* Takes the message. False if the request is full: the message stays the caller's. An empty request
 * takes any. */
bool dispatch_request_add(struct dispatch_request *request, struct outbox_message *message);

/* Sends it; the callback of http_calls.h receives the answer with the request as its context. */
void dispatch_request_start(struct dispatch_request *request, const char *base_url,
                            const char *socket_path, struct http_calls *calls);

/* Sets the outcome of each message from the answer. OUTBOX_UNANSWERED: to be sent again; if the answer
 * rejects a request with many messages, each of them alone. An error says that the other side was not
 * reached: no answer (ERR_UNREACHABLE), or, to events, an answer that neither rejects them nor has a
 * result for each (the code of its problem document, or ERR_UNREACHABLE). Then no event has an
 * outcome. */
MUST_CHECK enum err dispatch_request_read(struct dispatch_request *request,
                                          const struct http_call_answer *answer,
                                          struct error *error);
