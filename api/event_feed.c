/* On the HTTP threads: listeners join, leave and receive events. */
#include "api/event_feed_private.h"
#include "base/list.h"
#include "base/log.h"
#include "event_store/event_store.h"
#include "http/http_server.h"

/* Small, because each slow client holds a piece, and there may be many slow clients. */
#define PIECE_BYTES  ((size_t)16 * 1024)
#define BEHIND_MOST  150 /* events of the log examined for a piece */
#define BEHIND_BYTES ((size_t)64 * 1024)
#define UNSENT_BYTES (128 * 1024) /* in the kernel */

struct event_feed *event_feed_open(struct log_readers *readers, struct read_workers *workers,
                                   const struct command_desk *desk, struct waiting_slots *slots)
{
    struct event_feed *feed = calloc(1, sizeof *feed);
    REQUIRE(feed && pthread_mutex_init(&feed->mutex, NULL) == 0 &&
            sem_init(&feed->news, 0, 0) == 0);
    feed->readers = readers;
    feed->workers = workers;
    feed->desk = desk;
    feed->slots = slots;
    event_feed_ring_init(&feed->ring);
    feed->metric_closed = metric_series(METRIC_FEED_CLOSED, "");
    REQUIRE(pthread_create(&feed->thread, NULL, event_feed_thread_run, feed) == 0);
    pthread_setname_np(feed->thread, "feed");
    return feed;
}

static void wake_thread(struct event_feed *feed)
{
    if (!atomic_exchange(&feed->signalled, true))
        sem_post(&feed->news);
}

void event_feed_notify(struct event_feed *feed)
{
    if (atomic_load(&feed->listened_to))
        wake_thread(feed);
}

void event_feed_close(struct event_feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&feed->mutex);
    feed->ending = true;
    pthread_mutex_unlock(&feed->mutex);
    wake_thread(feed);
    pthread_join(feed->thread, NULL);
    REQUIRE(!feed->listeners.first);
    event_feed_ring_finish(&feed->ring);
    sem_destroy(&feed->news);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

/* --- pieces for a listener -------------------------------------------------------------------- */

/* Records the position for a client that reconnects; clients show no event for it. */
static void add_place(int64_t position, struct text *out)
{
    text_printf(out, ":\nid: %lld\n\n", (long long)position);
}

/* Under the mutex. */
static enum http_more take_from_ring(struct event_feed_listener *listener, struct text *out)
{
    const struct event_feed_ring *ring = &listener->feed->ring;
    while (listener->position < ring->last && out->length < PIECE_BYTES) {
        const struct event_feed_item *event = event_feed_ring_at(ring, ++listener->position);
        if (event_filter_matches(&listener->filter, event_feed_item_type(event),
                                 event_feed_item_category(event)))
            text_add_slice(out, event_feed_item_message(event));
    }
    if (!out->length && listener->stream.wants_comment && listener->position > 0)
        add_place(listener->position, out);
    return out->length ? event_stream_given(&listener->stream)
                       : event_stream_rest(&listener->stream, out);
}

static enum err read_log(struct event_feed *feed, int64_t position, struct event_batch *batch,
                         struct error *error)
{
    struct event_store *log;
    enum err err = log_readers_take(feed->readers, &log, error);
    if (err)
        return err;
    err = event_store_read_after(log, position, (struct read_limit){BEHIND_MOST, BEHIND_BYTES},
                                 batch, error);
    log_readers_give_back(feed->readers, log);
    if (!err && batch->count == 0)
        err = error_set(error, ERR_CORRUPT, "the log ends before a position that it had reached");
    if (err == ERR_CORRUPT)
        command_desk_report_damage(feed->desk, "feed", error);
    return err;
}

/* Writes the next matching events to the answer. */
static enum err read_piece(struct event_feed_listener *listener, int64_t *position,
                           struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct text *out = &listener->stream.request->answer.body;
    enum err err = read_log(listener->feed, *position, &batch, error);
    if (err)
        return err;
    for (size_t i = 0; i < batch.count; i++) {
        const struct event *event = &batch.events[i];
        if (event_filter_matches(&listener->filter, event->type, event_category(event)))
            event_feed_item_write(event, out);
    }
    *position = batch.events[batch.count - 1].position;
    if (!out->length)
        add_place(*position, out);
    return OK;
}

/* On a worker; without the mutex, because only this job changes the position meanwhile. */
static bool read_behind(struct http_request *request)
{
    struct event_feed_listener *listener = request->state;
    struct error error = {0};
    int64_t position = listener->position;
    bool over = http_deferral_is_over(request);
    enum err err = over ? ERR_STOPPING : read_piece(listener, &position, &error);
    if (err && !over)
        log_warning("feed: %s", error.text);
    pthread_mutex_lock(&listener->feed->mutex);
    listener->position = position;
    listener->failed = err;
    listener->reading = false;
    event_stream_given(&listener->stream);
    pthread_mutex_unlock(&listener->feed->mutex);
    return true;
}

/* Under the mutex. */
static enum http_more give(struct event_feed_listener *listener, struct text *out)
{
    if (http_deferral_is_over(listener->stream.request))
        return HTTP_MORE_END;
    if (listener->failed)
        return HTTP_MORE_FAILED;
    if (!event_feed_is_behind(listener->feed, listener))
        return take_from_ring(listener, out);
    listener->reading = true;
    return HTTP_MORE_SUSPENDED;
}

static enum http_more give_more(struct http_request *request, struct text *out)
{
    struct event_feed_listener *listener = request->state;
    struct event_feed *feed = listener->feed;
    pthread_mutex_lock(&feed->mutex);
    enum http_more more = give(listener, out);
    bool behind = listener->reading;
    pthread_mutex_unlock(&feed->mutex);
    if (behind)
        read_workers_submit_more(feed->workers, &listener->job);
    return more;
}

/* --- joining and leaving ---------------------------------------------------------------------- */

static void leave(struct http_request *request)
{
    struct event_feed_listener *listener = request->state;
    struct event_feed *feed = listener->feed;
    pthread_mutex_lock(&feed->mutex);
    LIST_REMOVE(&feed->listeners, listener);
    atomic_store(&feed->listened_to, feed->listeners.first != NULL);
    pthread_mutex_unlock(&feed->mutex);
}

/* Under the mutex. */
static void join(struct event_feed *feed, struct event_feed_listener *listener)
{
    LIST_PREPEND(&feed->listeners, listener);
    atomic_store(&feed->listened_to, true);
}

enum err event_feed_listen(struct event_feed *feed, struct http_request *request,
                           const struct event_filter *filter, int64_t after, struct error *error)
{
    enum err err = waiting_take_slot(feed->slots, request, error);
    if (err)
        return err;
    struct event_feed_listener *listener = arena_allocate(&request->arena, sizeof *listener);
    *listener = (struct event_feed_listener){.feed = feed,
                                             .filter = *filter,
                                             .job = {.request = request, .run = read_behind},
                                             .position = after};
    event_stream_begin(&listener->stream, request);
    pthread_mutex_lock(&feed->mutex);
    join(feed, listener);
    pthread_mutex_unlock(&feed->mutex);
    wake_thread(feed);
    http_server_bound_unsent(request, UNSENT_BYTES);
    request->state = listener;
    request->finish = leave;
    request->answer.more = give_more;
    return OK;
}
