/* CloudEvents in a request (HTTP protocol binding 1.0): batched, structured or binary. */
#pragma once

#include "http/http_request.h"
#include "schema/external_event.h"

#define CLOUDEVENT_BATCH_MOST 100

enum cloudevent_mode { CLOUDEVENT_BATCH, CLOUDEVENT_STRUCTURED, CLOUDEVENT_BINARY };

struct cloudevent_body {
    enum cloudevent_mode mode;
    struct external_event *events; /* in the request's arena; their texts are owned */
    size_t count;
};

/* ERR_UNSUPPORTED_MEDIA, ERR_INVALID_JSON, or ERR_BAD_REQUEST naming the attribute (and in a batch
 * the event). `ret_body` must be finished even then. */
MUST_CHECK enum err cloudevent_body_read(struct http_request *request,
                                         struct cloudevent_body *ret_body, struct error *error);
void cloudevent_body_finish(struct cloudevent_body *body);
