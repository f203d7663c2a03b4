/* Passes rows of the log to the caller as they are read. Each call steps one statement no further than
 * needed and then resets it, so that no read transaction outlives the call. Names come from memory if
 * possible: a join per event would cost as much as reading the event.
 */
#include "event_store/sqlite/event_log.h"

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
    enum err err = log_name_stream(log, statement_int(row, 1), &ret->stream, error);
    if (!err)
        err = log_name_type(log, statement_int(row, 3), &ret->type, error);
    if (!err)
        err = event_log_copy_hash(statement_blob(row, 8), ret->hash, error);
    return err ? error_add_context(error, err, "position %lld", (long long)ret->position) : OK;
}

/* The hash of the event before, which the statements of a stream have as their last column. */
static const unsigned char *previous_hash(const struct statement *row, int column)
{
    if (statement_column_count(row) <= column)
        return NULL;
    struct slice hash = statement_blob(row, column);
    return hash.length == EVENT_HASH_BYTES ? (const unsigned char *)hash.at : NULL;
}

/* Passes each row of a bound statement to `each`. */
static enum err give_rows(struct event_log *log, struct statement *rows, event_row_fn *each,
                          void *context, struct error *error)
{
    enum err err = OK;
    for (bool more = true; more && !err;) {
        struct event event;
        bool row;
        err = statement_step(rows, &row, error);
        if (err || !row)
            break;
        err = read_row(log, rows, &event, error);
        if (!err)
            err = each(context, &event, previous_hash(rows, 9), &more, error);
    }
    statement_reset(rows);
    return err;
}

enum err event_read_after(struct event_store *store, int64_t position, struct read_limit limit,
                          event_row_fn *row, void *context, struct error *error)
{
    struct event_log *log = event_log_of(store);
    struct statement *after;
    (void)limit; /* rows are read one by one */
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_EVENTS_AFTER, &after, error);
    if (err)
        return err;
    statement_bind_int(after, 1, position);
    return give_rows(log, after, row, context, error);
}

enum err event_read_rows(struct event_log *log, int64_t stream, int64_t from, event_row_fn *row,
                         void *context, struct error *error)
{
    struct statement *rows;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_STREAM_FORWARD, &rows, error);
    if (err)
        return err;
    statement_bind_int(rows, 1, stream);
    statement_bind_int(rows, 2, from);
    return give_rows(log, rows, row, context, error);
}

enum err event_read_version(struct event_log *log, int64_t stream, int64_t *ret_version,
                            struct error *error)
{
    struct statement *version;
    enum err err =
        statement_set_get(&log->statements, LOG_STATEMENT_STREAM_VERSION, &version, error);
    if (err)
        return err;
    statement_bind_int(version, 1, stream);
    return statement_read_int(version, 0, ret_version, error);
}

static enum err read_stream(struct event_log *log, struct slice stream, int64_t from,
                            enum read_direction direction, event_row_fn *row, void *context,
                            int64_t *ret_version, struct error *error)
{
    struct statement *rows;
    int64_t number;
    enum err err = stream_names_find(log, stream, &number, error);
    if (!err && number == 0)
        err = error_set(error, ERR_NO_STREAM, "stream %.*s not found", SLICE(stream));
    if (!err)
        err = statement_set_get(&log->statements,
                                direction == READ_FORWARD ? LOG_STATEMENT_STREAM_FORWARD
                                                          : LOG_STATEMENT_STREAM_BACKWARD,
                                &rows, error);
    if (!err)
        err = event_read_version(log, number, ret_version, error);
    if (err)
        return err;
    statement_bind_int(rows, 1, number);
    statement_bind_int(rows, 2, from);
    return give_rows(log, rows, row, context, error);
}

enum err event_read_stream(struct event_store *store, struct slice stream, int64_t from,
                           enum read_direction direction, struct read_limit limit,
                           event_row_fn *row, void *context, int64_t *ret_version,
                           struct error *error)
{
    struct event_log *log = event_log_of(store);
    (void)limit;
    /* One transaction: the version and the events must belong together. */
    enum err err = db_begin_reading(log->db, error);
    if (err)
        return err;
    err = read_stream(log, stream, from, direction, row, context, ret_version, error);
    enum err end = event_log_end_reading(log, err ? NULL : error);
    return err ? err : end;
}

enum err event_read_streams_of(struct event_store *store, struct slice category,
                               struct slice after_id, size_t limit, stream_id_fn *each,
                               void *context, struct error *error)
{
    struct event_log *log = event_log_of(store);
    struct statement *streams;
    bool row = true;
    enum err err = stream_names_catch_up(log, error);
    if (!err)
        err =
            statement_set_get(&log->statements, LOG_STATEMENT_STREAMS_OF_CATEGORY, &streams, error);
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

enum err event_read_external(struct event_store *store, struct slice source, struct slice id,
                             bool *ret_found, struct event_place *ret_place, struct error *error)
{
    struct event_log *log = event_log_of(store);
    struct statement *find;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_EXTERNAL_FIND, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, source);
    statement_bind_text(find, 2, id);
    err = statement_step(find, ret_found, error);
    if (!err && *ret_found) {
        ret_place->position = statement_int(find, 0);
        ret_place->version = statement_int(find, 1);
        err = log_name_stream(log, statement_int(find, 2), &ret_place->stream, error);
        if (!err)
            err = log_name_type(log, statement_int(find, 3), &ret_place->type, error);
    }
    statement_reset(find);
    return err;
}

enum err event_read_version_gap(struct event_store *store, int64_t first, int64_t last,
                                int64_t *ret_position, struct error *error)
{
    struct statement *gap;
    enum err err =
        statement_set_get(&event_log_of(store)->statements, LOG_STATEMENT_VERSION_GAP, &gap, error);
    if (err)
        return err;
    statement_bind_int(gap, 1, first);
    statement_bind_int(gap, 2, last);
    return statement_read_int(gap, 0, ret_position, error);
}

enum err event_read_cursor(struct event_store *store, const char *name,
                           struct checkpoint *ret_cursor, struct error *error)
{
    struct statement *find;
    bool row;
    enum err err = statement_set_get(&event_log_of(store)->statements, LOG_STATEMENT_CURSOR_FIND,
                                     &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(name));
    err = statement_step(find, &row, error);
    if (err)
        return err;
    if (row) {
        ret_cursor->position = statement_int(find, 0);
        err = event_log_copy_hash(statement_blob(find, 1), ret_cursor->hash, error);
    }
    statement_reset(find);
    return err;
}
