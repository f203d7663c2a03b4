/* A read on a worker: the request waits suspended, first for its turn, then perhaps for
 * Annal-Min-Position, until it can be answered. Kept as the request's state. */
#pragma once

#include "api/query_string.h"
#include "api/read_request.h"
#include "api/read_workers.h"

struct read_call {
    struct read_job job; /* first, so that either gives the other */
    struct query_string query;
    const struct model *model; /* NULL: the name is unknown, which the read will tell */
    read_fn *read;
    /* On the HTTP thread, after a read that went well: what is left of the answer. */
    enum err (*answer_with)(struct http_request *request, struct error *error);
    void (*finish)(struct http_request *request); /* of what answer_with has made; may be NULL */
    void *state;                                  /* likewise */
    struct freshness freshness;
    struct read_answer answer; /* its body is in the request's answer */
    enum err err;
    struct error error;
    bool parked;
    int64_t submitted_ms;
};

static inline struct read_call *read_call_of(const struct http_request *request)
{
    return request->state;
}

/* The call of a request, its query string decoded; it becomes the request's state. */
MUST_CHECK enum err read_call_create(struct http_request *request, const struct model *model,
                                     read_fn *read, struct read_call **ret_call,
                                     struct error *error);

/* Reads on a worker and then answers. ERR_QUEUE_FULL. */
MUST_CHECK enum err read_call_start(struct http_request *request, struct error *error);
