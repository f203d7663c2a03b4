/* The headers of a write: the expected version of its stream, its idempotency key, its correlation and
 * causation ids, its trace. */
#pragma once

#include "http/http_request.h"
#include "telemetry/trace_context.h"

struct write_headers { /* texts live as long as the request */
    int64_t expected_version;
    const char *idempotency_key; /* "" if none */
    /* Correlation-Id and Causation-Id. Missing ones get a new id, the same for both: the command begins a
     * new history. */
    const char *correlation, *causation;
    char traceparent[TRACE_PARENT_BYTES]; /* continues the request's, or begins a trace */
};

/* ERR_BAD_REQUEST if a header is malformed; an id must be 1 to 128 visible ASCII characters without
 * quotes and backslashes. */
MUST_CHECK enum err write_headers_read(struct http_request *request, struct write_headers *ret,
                                       struct error *error);

/* The same for a batch of commands. ERR_BAD_REQUEST also for the headers of a single command: key and
 * expected version. */
MUST_CHECK enum err write_headers_read_of_batch(struct http_request *request,
                                                struct write_headers *ret, struct error *error);
