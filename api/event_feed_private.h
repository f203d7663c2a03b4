/* What the files of the feed share. The mutex guards everything except atomics, the semaphore, and
 * members marked as a listener's. */
#pragma once

#include "api/event_feed.h"
#include "api/event_feed_ring.h"
#include "http/event_stream.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define EVENT_FEED_PATIENCE_MS 5000 /* with a listener that is behind and receives nothing */

struct event_feed_listener {
    struct event_feed_listener *next, *previous;
    struct event_feed *feed;
    struct event_stream stream;
    struct event_filter filter;
    struct read_job job; /* reads the log, while it is behind */
    bool reading;        /* the job is queued or runs */
    bool failed;         /* the job failed */
    int64_t position; /* of the last event examined; while the listener is not suspended, only its
                         thread or job changes it */
};

struct event_feed {
    struct log_readers *readers;
    struct read_workers *workers;
    const struct command_desk *desk;
    struct waiting_slots *slots;
    pthread_t thread;
    pthread_mutex_t mutex;
    sem_t news;            /* for the thread; at most one, see `signalled` */
    atomic_bool signalled; /* posted, and the thread has not yet continued */
    atomic_bool listened_to;
    struct {
        struct event_feed_listener *first, *last;
    } listeners;
    struct event_feed_ring ring;
    bool ending;
    struct metric_series *metric_closed;
};

/* The thread's work; `feed_` is a struct event_feed. */
void *event_feed_thread_run(void *feed_);

/* The ring no longer has its next event. */
static inline bool event_feed_is_behind(const struct event_feed *feed,
                                        const struct event_feed_listener *listener)
{
    return listener->position < feed->ring.first - 1;
}
