/* What the headers of a write say beside its body: which version its stream must have, its key, what
 * it belongs to and what caused it. */
#pragma once

#include "http/http_request.h"
#include "http/trace_context.h"

struct write_headers { /* texts live as long as the request */
    int64_t expected_version;
    const char *idempotency_key; /* "" if none */
    /* Correlation-Id and Causation-Id: what is missing is a new id, the same for both: a command
     * without a past begins its own story. */
    const char *correlation, *causation;
    char traceparent[TRACE_PARENT_BYTES]; /* continues the request's, or begins a trace */
};

/* ERR_BAD_REQUEST if one is malformed; an id must be 1 to 128 visible ASCII characters without
 * quotes and backslashes. */
MUST_CHECK enum err write_headers_read(struct http_request *request, struct write_headers *ret,
                                       struct error *error);

/* The same for many commands in one request. ERR_BAD_REQUEST also for what each of them must say for
 * itself: key and expected version. */
MUST_CHECK enum err write_headers_read_of_batch(struct http_request *request,
                                                struct write_headers *ret, struct error *error);
