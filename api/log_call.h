/* A read of the log on a worker (read_workers.h): the request is suspended meanwhile, so that a long read
 * holds no HTTP thread and delays no command. Every page and state that an endpoint reads from the log
 * goes this way. The request's state begins with this struct.
 */
#pragma once

#include "api/read_workers.h"
#include "event_store/event_store.h"

struct log_call {
    struct read_job job;
    /* On a worker; writes the request's answer, of at most about page_bytes. */
    enum err (*read)(struct http_request *request, struct event_store *log, struct error *error);
    /* On the HTTP thread, after a successful read that has not answered: answers, or parks the request
     * until it reads again. NULL: the read has answered. */
    request_fn *conclude;
    size_t page_bytes; /* http_server_page_bytes(), updated for each read */
    bool reads_on;     /* set by the read: run it again, after the waiting jobs */
    enum err err;
    struct error error;
};

/* Reads, then concludes. `call` has its functions. ERR_QUEUE_FULL. */
MUST_CHECK enum err log_call_start(struct http_request *request, struct log_call *call,
                                   struct error *error);

/* Reads again when the request, which the caller then parks, is resumed. */
void log_call_again(struct http_request *request);
