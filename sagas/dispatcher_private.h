/* What the files of the dispatcher share. Nobody else includes it.
 *
 *   dispatcher.c         what its owner calls, on the owner's thread
 *   dispatcher_thread.c  its thread: sending, and reading what comes back
 *
 * What both sides touch is behind `mutex`; the rest is the thread's.
 */
#pragma once

#include "sagas/breaker.h"
#include "sagas/dispatch_list.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <sys/un.h>

/* Where things go: the endpoint, or its control socket. */
struct line {
    struct breaker breaker;
    struct dispatch_list ready;
    size_t in_flight;
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
    bool stopping, open;

    bool ended; /* the thread is gone; what is in flight is given up */
    struct http_calls *calls;
    struct line commands, events;
    struct dispatch_list batch; /* events under way, in one request */
    char *events_body;          /* that request's */
    struct answer_list fresh;   /* answers not yet told */
    struct metric_series *accepted, *refused, *retried, *given_up, *held, *open_metric;
};

void dispatcher_wake(int fd);

/* The thread: until `stopping`. `dispatcher` is a struct dispatcher. */
void *dispatcher_thread_run(void *dispatcher);

/* The thread's part of opening and closing. */
void dispatcher_thread_init(struct dispatcher *dispatcher);
void dispatcher_thread_finish(struct dispatcher *dispatcher);
