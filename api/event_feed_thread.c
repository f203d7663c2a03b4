/* Reads new events, wakes the listeners that match, keeps quiet connections alive and closes stuck ones.
 * It reads without the mutex; only this thread changes the ring. */
#include "api/event_feed_private.h"
#include "base/clock.h"
#include "base/log.h"
#include "event_store/event_store.h"
#include "http/http_server.h"

#define SWEEP_MS   1000
#define READ_MOST  64 /* events per hold of the mutex */
#define READ_BYTES ((size_t)256 * 1024)

/* Under the mutex, like everything below. True if the ring has an event for the listener; the position
 * advances over the others, which need not be examined again. */
static bool concerns(const struct event_feed *feed, struct event_feed_listener *listener)
{
    const struct event_feed_ring *ring = &feed->ring;
    if (event_feed_is_behind(feed, listener))
        return true;
    for (; listener->position < ring->last; listener->position++) {
        const struct event_feed_item *event = event_feed_ring_at(ring, listener->position + 1);
        if (event_filter_matches(&listener->filter, event_feed_item_type(event),
                                 event_feed_item_category(event)))
            return true;
    }
    return false;
}

static void wake_concerned(struct event_feed *feed)
{
    for (struct event_feed_listener *each = feed->listeners.first; each; each = each->next)
        if (each->stream.suspended && concerns(feed, each))
            event_stream_wake(&each->stream);
}

/* Its kernel buffer is full, and its next event is no longer in the ring. */
static bool is_stuck(const struct event_feed *feed, const struct event_feed_listener *listener,
                     int64_t now_ms)
{
    return !listener->stream.suspended && !listener->reading &&
           event_feed_is_behind(feed, listener) &&
           now_ms - listener->stream.moved_ms > EVENT_FEED_PATIENCE_MS;
}

static void sweep(struct event_feed *feed, int64_t now_ms)
{
    for (struct event_feed_listener *each = feed->listeners.first; each; each = each->next) {
        event_stream_keep_alive(&each->stream, now_ms);
        if (!is_stuck(feed, each, now_ms))
            continue;
        metric_add(feed->metric_closed, 1);
        http_server_cut(each->stream.request);
    }
}

/* True if there may be more. Releases the mutex meanwhile. */
static bool read_on(struct event_feed *feed, struct event_batch *batch)
{
    int64_t last = feed->ring.last;
    struct event_store *log;
    struct error error = {0};
    if (last >= command_desk_head(feed->desk))
        return false;
    pthread_mutex_unlock(&feed->mutex);
    enum err err = log_readers_take(feed->readers, &log, &error);
    if (!err) {
        struct read_limit limit = {READ_MOST, READ_BYTES};
        err = event_store_read_after(log, last, limit, batch, &error);
        log_readers_give_back(feed->readers, log);
    }
    if (err == ERR_CORRUPT)
        command_desk_report_damage(feed->desk, "feed", &error);
    else if (err)
        log_warning("feed: %s", error.text);
    pthread_mutex_lock(&feed->mutex);
    for (size_t i = 0; !err && i < batch->count; i++)
        event_feed_ring_add(&feed->ring, &batch->events[i]);
    return !err && batch->count > 0;
}

/* Releases the mutex until the log grows or, with listeners, the next sweep. */
static void wait_for_news(struct event_feed *feed, int64_t sweep_ms)
{
    bool listened_to = feed->listeners.first;
    pthread_mutex_unlock(&feed->mutex);
    struct timespec until = clock_monotonic_moment(sweep_ms);
    if (listened_to)
        (void)!sem_clockwait(&feed->news, CLOCK_MONOTONIC, &until);
    else
        (void)!sem_wait(&feed->news);
    atomic_store(&feed->signalled, false);
    pthread_mutex_lock(&feed->mutex);
}

/* Without listeners it reads nothing; with the next one the ring restarts at the head of the log. */
static void follow(struct event_feed *feed, struct event_batch *batch, bool *asleep)
{
    if (!feed->listeners.first) {
        event_feed_ring_begin(&feed->ring, feed->ring.last);
        *asleep = true;
        return;
    }
    if (*asleep) {
        event_feed_ring_begin(&feed->ring, command_desk_head(feed->desk));
        wake_concerned(feed);
    }
    *asleep = false;
    while (!feed->ending && read_on(feed, batch))
        wake_concerned(feed);
}

void *event_feed_thread_run(void *feed_)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct event_feed *feed = feed_;
    int64_t sweep_ms = 0;
    bool asleep = true;
    pthread_mutex_lock(&feed->mutex);
    while (!feed->ending) {
        follow(feed, &batch, &asleep);
        int64_t now_ms = clock_monotonic_ms();
        if (now_ms >= sweep_ms) {
            sweep(feed, now_ms);
            sweep_ms = now_ms + SWEEP_MS;
        }
        if (!feed->ending)
            wait_for_news(feed, sweep_ms);
    }
    pthread_mutex_unlock(&feed->mutex);
    return NULL;
}
