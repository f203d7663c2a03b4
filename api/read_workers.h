/* Threads for what may take long: lists, named queries, exports, all that is read of the log, and
 * what its listeners have missed. So the HTTP threads stay free for reads of one row and for
 * commands; the workers leave them the processor too, by a lower priority and by giving way
 * (base/pace.h).
 *
 * The addresses that ask take turns, so that one with many requests delays the others by few. An
 * address that has few waiting is never refused.
 *
 * A job's request is suspended while it waits and while it is worked on: it costs no thread.
 */
#pragma once

#include "http/http_request.h"

struct read_workers;

struct read_job {
    struct http_request *request;
    /* Runs on a worker and may write the request's answer. True: it is done, and the request is
     * resumed; false: it goes on when those who wait have had a turn. */
    bool (*run)(struct http_request *request);
    struct read_job *next;
    uint64_t turn; /* the workers': those of the same turn are of different addresses */
};

#define READ_WORKERS         2 /* threads, named read-worker: more would take turns from point reads */
#define READ_WORKERS_WAITING 1024 /* new jobs that may wait for one */

/* `begin` (may be NULL) is called on each thread before its first job. */
struct read_workers *read_workers_open(void (*begin)(void *context), void *context);
/* Does what is waiting, then ends the threads. Nothing may be submitted any more. */
void read_workers_close(struct read_workers *workers);

/* Suspends the job's request and has it run. ERR_QUEUE_FULL if too many wait. */
MUST_CHECK enum err read_workers_submit(struct read_workers *workers, struct read_job *job,
                                        struct error *error);
/* The same for one more job of a request that was let in: never refused, for there are no more of
 * these than connections. */
void read_workers_submit_more(struct read_workers *workers, struct read_job *job);
