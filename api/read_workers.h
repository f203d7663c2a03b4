/* Threads for reads that may take long: lists, named queries, exports and all reads of the log. So the
 * HTTP threads stay free for reads of one row and for commands; the workers leave them the processor
 * too, by a lower priority and by yielding (base/pace.h).
 *
 * Client addresses take turns, so that an address with many requests delays the others by few. An
 * address with few waiting requests is never rejected.
 *
 * A job's request is suspended while it waits and while it is worked on: it costs no HTTP thread.
 */
#pragma once

#include "http/http_request.h"

struct read_workers;

struct read_job {
    struct http_request *request;
    /* Runs on a worker and may write the request's answer. True: it is done, and the request is
     * resumed; false: it runs again after the jobs that wait now. */
    bool (*run)(struct http_request *request);
    struct read_job *next, *previous;
    uint64_t turn; /* the workers': jobs of the same turn have different addresses */
};

#define READ_WORKERS         2 /* threads, named read-worker; more would delay reads of one row */
#define READ_WORKERS_WAITING 1024 /* new jobs that may wait */

/* `begin` (may be NULL) is called on each thread before its first job. */
struct read_workers *read_workers_open(void (*begin)(void *context), void *context);
/* Runs the waiting jobs, then ends the threads. Nothing may be submitted after this. */
void read_workers_close(struct read_workers *workers);

/* Suspends the job's request and queues the job. ERR_QUEUE_FULL if too many wait. */
MUST_CHECK enum err read_workers_submit(struct read_workers *workers, struct read_job *job,
                                        struct error *error);
/* The same for a further job of a request that was accepted: never rejected, because there are no more
 * of these than connections. */
void read_workers_submit_more(struct read_workers *workers, struct read_job *job);
