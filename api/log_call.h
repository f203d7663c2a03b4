/* A read of the log on a worker (read_workers.h): the request waits suspended for its turn, so that
 * a long read delays no command and no read of one stream. Kept as the request's state, as the
 * first member of what else the read needs.
 */
#pragma once

#include "api/read_workers.h"
#include "write_model/event_log.h"

struct log_call {
    struct read_job job;
    /* On a worker; writes into the request's answer. */
    enum err (*read)(struct http_request *request, struct event_log *log, struct error *error);
    /* On the HTTP thread, after a read that went well: answers, or parks the request until it is
     * to be read again. */
    request_fn *conclude;
    enum err err;
    struct error error;
};

/* Reads, then concludes. `call` has its functions. ERR_QUEUE_FULL. */
MUST_CHECK enum err log_call_start(struct http_request *request, struct log_call *call,
                                   struct error *error);

/* The same once more when the request, parked after this, goes on. */
void log_call_again(struct http_request *request);
