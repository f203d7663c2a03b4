/* What the files of the feed share:
 *
 *   event_feed.c          opening and closing; listeners join and leave
 *   event_feed_thread.c   the thread: reads new events into the ring, sends them to the listeners
 *   event_feed_ring.c     the newest events, each rendered once for all listeners
 *
 * The mutex of the feed guards everything except atomics, the semaphore, and members marked as a
 * listener's. */
#pragma once

#include "api/event_feed.h"
#include "base/text.h"
#include "http/event_stream.h"
#include "schema/event.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* ---- event_feed_ring.c: bounded in events and bytes; the oldest are dropped first. ---- */

#define EVENT_FEED_RING_EVENTS 4096
#define EVENT_FEED_RING_BYTES  ((size_t)2 * 1024 * 1024)

struct event_feed_item {
    struct text bytes; /* the category, followed by the message */
    size_t category_length, type_at, type_length;
};

struct event_feed_ring {
    struct event_feed_item *events; /* EVENT_FEED_RING_EVENTS, indexed by position modulo that */
    int64_t first, last;            /* positions; empty if first > last */
    size_t bytes;
};

void event_feed_ring_init(struct event_feed_ring *ring);
void event_feed_ring_finish(struct event_feed_ring *ring);

/* Empties the ring; the next event is the one after `last`. */
void event_feed_ring_begin(struct event_feed_ring *ring, int64_t last);

/* Adds the event after ring->last; any other event empties the ring first. */
void event_feed_ring_add(struct event_feed_ring *ring, const struct event *event);

/* `position` must be in the ring. The result is valid until the next add. */
const struct event_feed_item *event_feed_ring_at(const struct event_feed_ring *ring,
                                                 int64_t position);
struct slice event_feed_item_category(const struct event_feed_item *event);
struct slice event_feed_item_type(const struct event_feed_item *event);
struct slice event_feed_item_message(const struct event_feed_item *event);

/* Adds the event as a server-sent event: id, event, data and an empty line. */
void event_feed_item_write(const struct event *event, struct text *out);

/* ---- the feed ---- */

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
