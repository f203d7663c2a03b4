/* A read of the log on a worker (read_workers.h): the request waits suspended for its turn, so that
 * however long it takes, it holds no HTTP thread and delays no command. All that an endpoint reads
 * of the log for a page or a state goes this way. Kept as the request's state, as the first member
 * of what else the read needs.
 */
#pragma once

#include "api/read_workers.h"
#include "event_store/event_store.h"

struct log_call {
    struct read_job job;
    /* On a worker; writes the request's answer, of at most about page_bytes. */
    enum err (*read)(struct http_request *request, struct event_store *log, struct error *error);
    /* On the HTTP thread, after a read that went well, which is not answered yet: answers, or parks
     * the request until it is to be read again. NULL: the read has answered. */
    request_fn *conclude;
    size_t page_bytes; /* http_server_page_bytes(), anew for each read */
    bool reads_on;     /* set by the read: it wants another turn, behind those who wait */
    enum err err;
    struct error error;
};

/* Reads, then concludes. `call` has its functions. ERR_QUEUE_FULL. */
MUST_CHECK enum err log_call_start(struct http_request *request, struct log_call *call,
                                   struct error *error);

/* The same once more when the request, parked after this, goes on. */
void log_call_again(struct http_request *request);
