/* Adds events at the end: the only INSERT into the log.
 *
 * Invariant: positions and versions have no gap, times never go back, each hash chains to the one
 * before. What the end is, is remembered between appends, so that an append costs the same however
 * long the log is; a rollback forgets it.
 */
#include "event_store/sqlite/event_append.h"

#include "base/clock.h"
#include "event_store/sqlite/event_log.h"

static enum err know_head(struct event_log *log, struct error *error)
{
    struct log_head *head = &log->head;
    struct checkpoint newest;
    struct statement *last;
    if (head->known)
        return OK;
    enum err err = event_log_head(&log->store, &newest, &head->time_us, error);
    if (!err)
        err = log_statement_get(log, LOG_STREAM_LAST, &last, error);
    if (!err)
        err = log_statement_read_int(last, 0, &head->streams, error);
    if (err)
        return err;
    head->position = newest.position;
    memcpy(head->hash, newest.hash, EVENT_HASH_BYTES);
    head->known = true;
    return OK;
}

void event_append_forget(struct event_log *log)
{
    log->head.known = false;
    log->store.walk_known = false;
    stream_name_forget(&log->streams);
    type_name_forget(&log->types);
}

enum err event_append_time(struct event_log *log, int64_t *ret_now_us, struct error *error)
{
    enum err err = know_head(log, error);
    if (err)
        return err;
    int64_t now_us = clock_now_us();
    *ret_now_us = now_us > log->head.time_us ? now_us : log->head.time_us;
    return OK;
}

/* The stream's number, 0 if there is none yet, and its version. A stream that is known to have no
 * version need not be looked for. */
static enum err know_stream(struct event_log *log, struct slice stream, int64_t *version,
                            int64_t *ret_number, struct error *error)
{
    *ret_number = 0;
    if (*version == 0)
        return OK;
    enum err err = stream_name_find(log, stream, ret_number, error);
    if (err || *version > 0)
        return err;
    *version = 0;
    return *ret_number ? stream_name_version(log, *ret_number, version, error) : OK;
}

enum err event_append_check(struct slice stream, int64_t expected, int64_t version,
                            struct error *error)
{
    if (expected == EXPECT_ANY || expected == version)
        return OK;
    if (expected == EXPECT_STREAM)
        return version > 0
                   ? OK
                   : error_set(error, ERR_WRONG_VERSION,
                               "stream %.*s does not exist, and was expected to", SLICE(stream));
    if (expected == EXPECT_NO_STREAM)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s exists, at version %lld, and was expected not to",
                         SLICE(stream), (long long)version);
    if (expected == EXPECT_NEVER)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s is at version %lld, and what was expected is no version",
                         SLICE(stream), (long long)version);
    return error_set(error, ERR_WRONG_VERSION, "stream %.*s is at version %lld, expected was %lld",
                     SLICE(stream), (long long)version, (long long)expected);
}

static void bind_event(struct statement *insert, const struct event *event, int64_t stream,
                       int64_t type)
{
    statement_bind_int(insert, 1, event->position);
    statement_bind_int(insert, 2, stream);
    statement_bind_int(insert, 3, event->version);
    statement_bind_int(insert, 4, type);
    statement_bind_int(insert, 5, event->time_us);
    statement_bind_text(insert, 6, event->id);
    statement_bind_text(insert, 7, event->data);
    statement_bind_text(insert, 8, event->meta);
    statement_bind_blob(insert, 9, event->hash, EVENT_HASH_BYTES);
}

/* `event` has its stream, version and time. */
static enum err append_one(struct event_log *log, struct event *event, int64_t stream,
                           struct error *error)
{
    struct statement *insert;
    int64_t type;
    enum err err = type_name_number(log, event->type, &type, error);
    if (!err)
        err = log_statement_get(log, LOG_EVENT_INSERT, &insert, error);
    if (err)
        return err;
    event->position = log->head.position + 1;
    event_compute_hash(log->store.sha, log->head.hash, event, event->hash);
    bind_event(insert, event, stream, type);
    err = statement_run(insert, error);
    if (err)
        return error_add_context(error, err, "append position %lld", (long long)event->position);
    log->head.position = event->position;
    log->head.time_us = event->time_us;
    memcpy(log->head.hash, event->hash, EVENT_HASH_BYTES);
    return OK;
}

enum err event_append(struct event_log *log, struct slice stream, int64_t expected,
                      int64_t *current_version, int64_t now_us, struct event *events, size_t count,
                      struct error *error)
{
    int64_t number, version = *current_version;
    enum err err = know_head(log, error);
    if (!err)
        err = know_stream(log, stream, &version, &number, error);
    if (err)
        return err;
    *current_version = version;
    err = event_append_check(stream, expected, version, error);
    if (!err && number == 0 && count > 0)
        err = stream_name_add(log, stream, &number, error);
    for (size_t i = 0; i < count && !err; i++) {
        events[i].stream = stream;
        events[i].version = version + (int64_t)i + 1;
        events[i].time_us = now_us > log->head.time_us ? now_us : log->head.time_us;
        err = append_one(log, &events[i], number, error);
    }
    if (!err)
        *current_version = version + (int64_t)count;
    return err;
}
