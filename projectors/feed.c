#include "projectors/feed.h"

#include "event_store/event_store.h"

#include <pthread.h>

#define SLOTS 4

static const struct read_limit batch_limit = {.events = 2048, .bytes = 1 << 20};

struct feed {
    struct event_store *log; /* the thread's, once it runs */
    int64_t position, to;
    pthread_t thread;
    bool running;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex. Slots are filled and emptied in turn. */
    struct event_batch slot[SLOTS];
    unsigned filled, emptied; /* how many, ever */
    bool held;                /* the caller has the slot `emptied` */
    bool ended, closing;
    struct error error;
};

/* Waits for a free slot; NULL if the feed is being closed. */
static struct event_batch *free_slot(struct feed *feed)
{
    pthread_mutex_lock(&feed->mutex);
    while (feed->filled - feed->emptied == SLOTS && !feed->closing)
        pthread_cond_wait(&feed->changed, &feed->mutex);
    struct event_batch *slot = feed->closing ? NULL : &feed->slot[feed->filled % SLOTS];
    pthread_mutex_unlock(&feed->mutex);
    return slot;
}

static void give_slot(struct feed *feed)
{
    pthread_mutex_lock(&feed->mutex);
    feed->filled++;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->mutex);
}

static void end(struct feed *feed, const struct error *error)
{
    pthread_mutex_lock(&feed->mutex);
    feed->ended = true;
    feed->error = *error;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->mutex);
}

/* The last batch may reach beyond the end. */
static void cut(struct event_batch *batch, int64_t to)
{
    while (batch->count > 0 && batch->events[batch->count - 1].position > to)
        batch->count--;
}

static void *read_ahead(void *argument)
{
    struct feed *feed = argument;
    struct error error = {0};
    pthread_setname_np(pthread_self(), "feed");
    while (feed->position < feed->to) {
        struct event_batch *batch = free_slot(feed);
        if (!batch)
            break;
        if (event_store_read_after(feed->log, feed->position, batch_limit, batch, &error) != OK)
            break;
        cut(batch, feed->to);
        if (batch->count == 0)
            break;
        feed->position = batch->events[batch->count - 1].position;
        give_slot(feed);
    }
    end(feed, &error);
    return NULL;
}

/* A caller that has followed a log waits while it is missing, and does not start with an empty one. */
static enum err open_known(const char *log_url, const char *log_id, struct event_store **ret_log,
                           struct error *error)
{
    enum err err = event_store_open(log_url, EVENT_STORE_READ, ret_log, error);
    AUTO(text) struct text place = {0};
    event_store_describe(log_url, &place);
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_IO, "%s, the log %s, is missing; restore it from a backup",
                         place.at, log_id);
    return err;
}

static enum err check_checkpoint(struct event_store *log, const struct checkpoint *from,
                                 struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    if (from->log_id[0] && strcmp(from->log_id, event_store_log_id(log)) != 0)
        return error_set(error, ERR_OTHER_LOG,
                         "the generation follows the log %s, but this is the log %s", from->log_id,
                         event_store_log_id(log));
    enum err err = event_store_hash_at(log, from->position, hash, error);
    if (err == ERR_NOT_FOUND || (!err && memcmp(hash, from->hash, sizeof hash) != 0))
        return error_set(error, ERR_OTHER_LOG, "the log has another event at position %lld",
                         (long long)from->position);
    return err;
}

enum err feed_open(const char *log_url, const struct checkpoint *from, int64_t to,
                   struct feed **ret_feed, struct error *error)
{
    AUTO(feed) struct feed *feed = calloc(1, sizeof *feed);
    REQUIRE(feed);
    REQUIRE(pthread_mutex_init(&feed->mutex, NULL) == 0);
    REQUIRE(pthread_cond_init(&feed->changed, NULL) == 0);
    feed->position = from->position;
    feed->to = to;
    enum err err = open_known(log_url, from->log_id, &feed->log, error);
    if (!err)
        err = check_checkpoint(feed->log, from, error);
    if (err)
        return err;
    REQUIRE(pthread_create(&feed->thread, NULL, read_ahead, feed) == 0);
    feed->running = true;
    *ret_feed = feed;
    feed = NULL;
    return OK;
}

enum err feed_next(struct feed *feed, struct event_batch **ret_batch, struct error *error)
{
    enum err err = OK;
    pthread_mutex_lock(&feed->mutex);
    if (feed->held) {
        feed->held = false;
        feed->emptied++;
        pthread_cond_broadcast(&feed->changed);
    }
    while (feed->filled == feed->emptied && !feed->ended)
        pthread_cond_wait(&feed->changed, &feed->mutex);
    feed->held = feed->filled != feed->emptied;
    *ret_batch = feed->held ? &feed->slot[feed->emptied % SLOTS] : NULL;
    if (!feed->held && feed->error.code)
        err = error_set(error, feed->error.code, "%s", feed->error.text);
    pthread_mutex_unlock(&feed->mutex);
    return err;
}

void feed_close(struct feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&feed->mutex);
    feed->closing = true;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->mutex);
    if (feed->running)
        pthread_join(feed->thread, NULL);
    for (int i = 0; i < SLOTS; i++)
        event_batch_finish(&feed->slot[i]);
    event_store_close(feed->log);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

enum err feed_head(const char *log_url, struct checkpoint *ret_head, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    *ret_head = (struct checkpoint){0};
    enum err err = event_store_open(log_url, EVENT_STORE_READ, &log, error);
    if (err == ERR_NOT_FOUND)
        return OK;
    return err ? err : event_store_head(log, ret_head, NULL, error);
}

enum err feed_contains(const char *log_url, const struct checkpoint *checkpoint, bool *ret_contains,
                       struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    *ret_contains = checkpoint->log_id[0] == '\0';
    if (*ret_contains)
        return OK;
    enum err err = open_known(log_url, checkpoint->log_id, &log, error);
    if (!err)
        err = check_checkpoint(log, checkpoint, error);
    *ret_contains = err == OK;
    return err == ERR_OTHER_LOG ? OK : err;
}
