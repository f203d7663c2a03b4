/* What the files of the feed share. Nobody else includes it. All is guarded by the mutex, but what
 * is atomic, the semaphore, and what is marked as a listener's. */
#pragma once

#include "api/event_feed.h"
#include "api/event_feed_ring.h"
#include "http/event_stream.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define EVENT_FEED_PATIENCE_MS 5000 /* with one that is behind and takes nothing */

struct event_feed_listener {
    struct event_feed_listener *next, *previous;
    struct event_feed *feed;
    struct event_stream stream;
    struct event_filter filter;
    struct read_job job; /* reads the log, while it is behind */
    bool reading;        /* the job is under way */
    bool failed;         /* it could not */
    int64_t position; /* looked at up to here; while it is not suspended only its own thread or job
                             goes on */
};

struct event_feed {
    struct log_readers *readers;
    struct read_workers *workers;
    const struct command_desk *desk;
    struct waiting_slots *slots;
    pthread_t thread;
    pthread_mutex_t mutex;
    sem_t news;       /* for the thread; at most one, see told */
    atomic_bool told; /* it has been posted, and the thread not gone on yet */
    atomic_bool listened_to;
    struct event_feed_listener *listeners;
    struct event_feed_ring ring;
    bool ending;
    struct metric_series *metric_closed;
};

/* The thread's work; `feed_` is a struct event_feed. */
void *event_feed_thread_run(void *feed_);

/* It must read the log itself. */
static inline bool event_feed_is_behind(const struct event_feed *feed,
                                        const struct event_feed_listener *listener)
{
    return listener->position < feed->ring.first - 1;
}
