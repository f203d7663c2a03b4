/* What the files of the dispatcher share. Nobody else includes it.
 *
 *   dispatcher.c         what its owner calls, on the owner's thread
 *   dispatcher_thread.c  its thread: what goes when
 *   dispatcher_answers.c what comes back, on its thread
 *   dispatch_call.c      a request with what travels in it
 *
 * What both sides touch is behind `mutex`; the rest is the thread's.
 */
#pragma once

#include "base/breaker.h"
#include "sagas/dispatch_call.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <sys/un.h>

#define DISPATCHER_BREAKER                                                                         \
    ((struct breaker){.backoff = {.first_ms = 200, .longest_ms = 10000}, .failures_most = 3})

/* Where things go: the endpoint, or its control socket. */
struct line {
    struct breaker breaker; /* begins as DISPATCHER_BREAKER */
    struct dispatch_list ready;
    size_t in_flight; /* of what was ready */
    size_t requests;  /* with many in each: questions travel alone */
    bool open;        /* what the breaker says, for all; under the mutex */
    struct metric_series *open_metric;
};

struct answer_list {
    struct dispatch_answer *first, **last;
    size_t count;
};

struct dispatcher {
    struct dispatcher_options options;
    char *base_url;
    char socket_path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int inbox_fd; /* an eventfd: there is something in the inbox, or it is to stop */
    pthread_t thread;

    pthread_mutex_t mutex;
    struct dispatch_list inbox;
    struct answer_list answers;
    size_t waiting; /* sent here and not answered */
    bool stopping;

    bool ended; /* the thread is gone; what is in flight is given up */
    struct http_calls *calls;
    struct line commands, events;
    struct answer_list fresh; /* answers not yet told */
    struct metric_series *accepted, *refused, *retried, *given_up, *held;
};

/* The line a call travels on. */
struct line *dispatcher_line_of(struct dispatcher *dispatcher, const struct dispatch_call *call);

/* What http_calls.h calls: the call of `context`, a struct dispatcher, was answered or failed. */
void dispatcher_answers_done(void *context, void *call, const struct http_call_answer *answer);
/* An answer of the dispatcher's own, which takes the item over. */
void dispatcher_answers_add(struct dispatcher *dispatcher, struct dispatch_item *take_item,
                            enum dispatch_outcome outcome, const char *reason);
/* Nothing is left to be sent on the line: whether it can be reached is not known. */
void dispatcher_answers_idle(struct dispatcher *dispatcher, struct line *line);
/* Hands on the answers there are. */
void dispatcher_answers_tell(struct dispatcher *dispatcher);

/* The thread: until `stopping`. `dispatcher` is a struct dispatcher. */
void *dispatcher_thread_run(void *dispatcher);

/* The thread's part of opening and closing. */
void dispatcher_thread_init(struct dispatcher *dispatcher);
void dispatcher_thread_finish(struct dispatcher *dispatcher);
