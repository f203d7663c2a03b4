/* One statement per batch, stepped no further than the limit and then reset, so that no read
 * transaction outlives the call. Names come from memory where they can: a join per event would cost
 * as much as reading the event.
 *
 * Invariant: an event is handed out only if its hash follows from its fields and the hash of the
 * event before. */
#include "event_store/sqlite/event_read.h"

#include "event_store/sqlite/event_log_private.h"

static enum err read_row(struct event_log *log, const struct statement *row, struct event *ret,
                         struct error *error)
{
    *ret = (struct event){
        .position = statement_int(row, 0),
        .version = statement_int(row, 2),
        .time_us = statement_int(row, 4),
        .id = statement_text(row, 5),
        .data = statement_text(row, 6),
        .meta = statement_text(row, 7),
    };
    struct slice hash = statement_blob(row, 8);
    enum err err = stream_name_of(log, statement_int(row, 1), &ret->stream, error);
    if (!err)
        err = type_name_of(log, statement_int(row, 3), &ret->type, error);
    if (!err && hash.length != EVENT_HASH_BYTES)
        err = error_set(error, ERR_CORRUPT, "its hash has %zu bytes", hash.length);
    if (err)
        return error_add_context(error, err, "position %lld", (long long)ret->position);
    memcpy(ret->hash, hash.at, EVENT_HASH_BYTES);
    return OK;
}

enum err event_read_damaged(int64_t position, const char *what, struct error *error)
{
    return error_set(error, ERR_CORRUPT, "log position %lld: %s: the log was changed or damaged",
                     (long long)position, what);
}

/* `previous`: the hash of the event before. */
static enum err verify(struct event_log *log, const unsigned char *previous,
                       const struct event *event, struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    event_compute_hash(log->sha, previous, event, hash);
    if (memcmp(hash, event->hash, EVENT_HASH_BYTES) != 0)
        return event_read_damaged(event->position,
                                  "the hash does not follow from the event and the hash before it",
                                  error);
    return OK;
}

/* The event must follow the walk, which it takes along. */
static enum err verify_walk(struct event_log *log, const struct statement *row,
                            const struct event *event, struct error *error)
{
    struct log_walk *walk = &log->walk;
    (void)row;
    if (event->position != walk->position + 1)
        return event_read_damaged(walk->position + 1, "the event is missing", error);
    enum err err = walk->known ? OK : event_log_hash_at(log, walk->position, walk->hash, error);
    if (err == ERR_NOT_FOUND)
        return event_read_damaged(walk->position, "the event is missing", error);
    if (!err)
        err = verify(log, walk->hash, event, error);
    if (err)
        return err;
    walk->position = event->position;
    walk->known = true;
    memcpy(walk->hash, event->hash, EVENT_HASH_BYTES);
    return OK;
}

/* In a stream the event before is another stream's; the row brings its hash along. */
static enum err verify_row(struct event_log *log, const struct statement *row,
                           const struct event *event, struct error *error)
{
    static const unsigned char zeros[EVENT_HASH_BYTES];
    struct slice previous = statement_blob(row, 9);
    if (event->position == 1)
        previous = (struct slice){(const char *)zeros, sizeof zeros};
    if (previous.length != EVENT_HASH_BYTES)
        return event_read_damaged(event->position - 1, "the event is missing", error);
    return verify(log, (const unsigned char *)previous.at, event, error);
}

static size_t event_bytes(const struct event *event)
{
    return event->stream.length + event->type.length + event->id.length + event->data.length +
           event->meta.length;
}

typedef enum err verify_fn(struct event_log *log, const struct statement *row,
                           const struct event *event, struct error *error);

/* Takes the rows of a bound statement into the batch, up to the limit. After an error the batch
 * has the events before. */
static enum err fill_batch(struct event_log *log, struct statement *rows, struct read_limit limit,
                           verify_fn *verify_event, struct event_batch *batch, struct error *error)
{
    enum err err = OK;
    bool row = true;
    event_batch_clear(batch);
    for (size_t bytes = 0; batch->count < limit.events && !err;) {
        struct event event;
        err = statement_step(rows, &row, error);
        if (err || !row)
            break;
        err = read_row(log, rows, &event, error);
        bytes += event_bytes(&event);
        if (err || (batch->count > 0 && bytes > limit.bytes))
            break;
        err = verify_event(log, rows, &event, error);
        if (!err)
            event_batch_add(batch, &event);
    }
    statement_reset(rows);
    return err;
}

enum err event_read_all(struct event_log *log, int64_t position, struct read_limit limit,
                        struct event_batch *batch, struct error *error)
{
    struct statement *after;
    REQUIRE(position >= 0); /* else a caller's mistake would be taken for damage */
    enum err err = log_statement_get(log, LOG_EVENTS_AFTER, &after, error);
    if (err)
        return err;
    if (log->walk.position != position)
        log->walk = (struct log_walk){.position = position};
    statement_bind_int(after, 1, position);
    return fill_batch(log, after, limit, verify_walk, batch, error);
}

static enum err read_stream(struct event_log *log, struct slice stream, int64_t from,
                            enum read_direction direction, struct read_limit limit,
                            struct event_batch *batch, int64_t *ret_version, struct error *error)
{
    struct statement *rows;
    int64_t number;
    enum err err = stream_name_find(log, stream, &number, error);
    if (!err && number == 0)
        err = error_set(error, ERR_NO_STREAM, "there is no stream %.*s", SLICE(stream));
    if (!err)
        err = log_statement_get(
            log, direction == READ_FORWARD ? LOG_STREAM_FORWARD : LOG_STREAM_BACKWARD, &rows,
            error);
    if (!err && ret_version)
        err = stream_name_version(log, number, ret_version, error);
    if (err)
        return err;
    statement_bind_int(rows, 1, number);
    statement_bind_int(rows, 2, from);
    return fill_batch(log, rows, limit, verify_row, batch, error);
}

enum err event_read_stream(struct event_log *log, struct slice stream, int64_t from,
                           enum read_direction direction, struct read_limit limit,
                           struct event_batch *batch, int64_t *ret_version, struct error *error)
{
    /* The version and the events must be of one moment; the desk is in a transaction already. */
    bool begin = !db_in_transaction(log->db);
    event_batch_clear(batch);
    enum err err = begin ? log_statement_run(log, LOG_BEGIN_READING, error) : OK;
    if (err)
        return err;
    err = read_stream(log, stream, from, direction, limit, batch, ret_version, error);
    if (begin) {
        enum err end = log_statement_run(log, LOG_COMMIT, err ? NULL : error);
        err = err ? err : end;
    }
    return err;
}

enum err event_read_categories_streams(struct event_log *log, struct slice category,
                                       struct slice after_id, size_t limit, stream_id_fn *each,
                                       void *context, struct error *error)
{
    struct statement *streams;
    bool row = true;
    enum err err = log_statement_get(log, LOG_STREAMS_OF_CATEGORY, &streams, error);
    if (err)
        return err;
    statement_bind_text(streams, 1, category);
    statement_bind_text(streams, 2, after_id);
    statement_bind_int(streams, 3, (int64_t)limit);
    while (!err && row) {
        err = statement_step(streams, &row, error);
        if (!err && row)
            each(context, statement_text(streams, 0), statement_int(streams, 1));
    }
    statement_reset(streams);
    return err;
}
