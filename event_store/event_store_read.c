/* Reading for all engines: they read rows; this file verifies each and adds it to the batch.
 *
 * Invariant: an event is returned only if its hash follows from its fields and the hash of the
 * event before it.
 */
#include "event_store/event_store_engine.h"

struct reading {
    struct event_store *store;
    struct event_batch *batch;
    struct read_limit limit;
    size_t bytes;
};

enum err event_store_read_damaged(int64_t position, const char *what, struct error *error)
{
    return error_set(error, ERR_CORRUPT, "log position %lld: %s: the log was changed or damaged",
                     (long long)position, what);
}

static enum err verify(struct event_store *store, const unsigned char *previous,
                       const struct event *event, struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    event_compute_hash(store->sha, previous, event, hash);
    if (memcmp(hash, event->hash, EVENT_HASH_BYTES) == 0)
        return OK;
    return event_store_read_damaged(
        event->position, "the hash does not follow from the event and the hash before it", error);
}

static size_t event_bytes(const struct event *event)
{
    return event->stream.length + event->type.length + event->id.length + event->data.length +
           event->meta.length;
}

/* False if the event would be too much for the batch, which has one already. */
static bool fits(struct reading *reading, const struct event *event)
{
    reading->bytes += event_bytes(event);
    return reading->batch->count == 0 || reading->bytes <= reading->limit.bytes;
}

static void keep(struct reading *reading, const struct event *event, bool *ret_more)
{
    event_batch_add(reading->batch, event);
    *ret_more = reading->batch->count < reading->limit.events;
}

/* The event must be the next one of the walk, which moves on to it. */
static enum err follow_walk(struct event_store *store, const struct event *event,
                            struct error *error)
{
    if (event->position != store->walk_position + 1)
        return event_store_read_damaged(store->walk_position + 1, "the event is missing", error);
    enum err err = store->walk_known
                       ? OK
                       : event_store_hash_at(store, store->walk_position, store->walk_hash, error);
    if (err == ERR_NOT_FOUND)
        return event_store_read_damaged(store->walk_position, "the event is missing", error);
    if (!err)
        err = verify(store, store->walk_hash, event, error);
    if (err)
        return err;
    store->walk_position = event->position;
    store->walk_known = true;
    memcpy(store->walk_hash, event->hash, EVENT_HASH_BYTES);
    return OK;
}

static enum err take_next(void *context, const struct event *event, const unsigned char *previous,
                          bool *ret_more, struct error *error)
{
    struct reading *reading = context;
    (void)previous;
    *ret_more = fits(reading, event);
    if (!*ret_more)
        return OK;
    enum err err = follow_walk(reading->store, event, error);
    if (!err)
        keep(reading, event, ret_more);
    return err;
}

enum err event_store_read_after(struct event_store *store, int64_t position,
                                struct read_limit limit, struct event_batch *batch,
                                struct error *error)
{
    struct reading reading = {store, batch, limit, 0};
    REQUIRE(position >= 0 && limit.events > 0);
    event_batch_clear(batch);
    if (store->walk_position != position)
        store->walk_known = false;
    store->walk_position = position;
    return store->engine->read_after(store, position, limit, take_next, &reading, error);
}

/* The event before it in the log belongs to another stream; the row has its hash. */
static enum err verify_row(struct event_store *store, const struct event *event,
                           const unsigned char *previous, struct error *error)
{
    static const unsigned char zeros[EVENT_HASH_BYTES];
    if (event->position == 1)
        previous = zeros;
    if (!previous)
        return event_store_read_damaged(event->position - 1, "the event is missing", error);
    return verify(store, previous, event, error);
}

static enum err take_of_stream(void *context, const struct event *event,
                               const unsigned char *previous, bool *ret_more, struct error *error)
{
    struct reading *reading = context;
    *ret_more = fits(reading, event);
    if (!*ret_more)
        return OK;
    enum err err = verify_row(reading->store, event, previous, error);
    if (!err)
        keep(reading, event, ret_more);
    return err;
}

enum err event_store_read_stream(struct event_store *store, struct slice stream, int64_t from,
                                 enum read_direction direction, struct read_limit limit,
                                 struct event_batch *batch, int64_t *ret_version,
                                 struct error *error)
{
    struct reading reading = {store, batch, limit, 0};
    int64_t version = 0;
    REQUIRE(limit.events > 0);
    event_batch_clear(batch);
    enum err err = store->engine->read_stream(store, stream, from, direction, limit, take_of_stream,
                                              &reading, &version, error);
    if (!err && ret_version)
        *ret_version = version;
    return err;
}

static bool is_beyond(const struct prefetch_stream *wanted, const struct event *event)
{
    return (wanted->version && event->version > wanted->version) ||
           (wanted->at_us && event->time_us > wanted->at_us);
}

static enum err take_prefetched(void *context, const struct event *event,
                                const unsigned char *previous, bool *ret_more, struct error *error)
{
    struct prefetched_row *at = context;
    if (event->version != at->version + 1)
        return event_store_read_damaged(event->position, "the stream's event before it is missing",
                                        error);
    *ret_more = !is_beyond(at->wanted, event);
    if (!*ret_more)
        return OK;
    enum err err = verify_row(at->store, event, previous, error);
    if (!err)
        err = at->sink->event(at->sink->context, at->stream, event, error);
    at->version = event->version;
    return err;
}

enum err event_store_prefetch(struct event_store *store, const struct event_prefetch *wanted,
                              const struct prefetch_sink *sink, struct error *error)
{
    return store->engine->prefetch(store, wanted, sink, take_prefetched, error);
}
