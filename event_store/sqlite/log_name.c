/* The names of streams and event types, which rows have as numbers. Names are never changed, so those in
 * memory stay right until a rollback: then their numbers may be given to others.
 */
#include "event_store/sqlite/event_log.h"

#include "base/array.h"

/* ---- streams: a direct-mapped table; a number has one slot, in which a later number replaces it ---- */

static enum err read_stream(struct event_log *log, int64_t number, struct stream_name *slot,
                            struct error *error)
{
    struct statement *name;
    bool row;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_STREAM_NAME, &name, error);
    if (err)
        return err;
    statement_bind_int(name, 1, number);
    err = statement_step(name, &row, error);
    if (err)
        return err;
    if (!row)
        return error_set(error, ERR_CORRUPT, "stream number %lld has no name", (long long)number);
    struct slice text = statement_text(name, 0);
    char *copy = strndup(text.at, text.length);
    REQUIRE(copy);
    free((char *)slot->name.at);
    *slot = (struct stream_name){number, {copy, text.length}};
    statement_reset(name);
    return OK;
}

enum err log_name_stream(struct event_log *log, int64_t number, struct slice *ret_stream,
                         struct error *error)
{
    struct stream_name *slot = &log->streams[(size_t)number % LOG_STREAM_NAMES_MOST];
    enum err err =
        slot->name.at && slot->number == number ? OK : read_stream(log, number, slot, error);
    *ret_stream = slot->name;
    return err;
}

/* ---- types: all are in memory; rows added since are read when a name or number is not found ---- */

static void keep_type(struct type_names *types, struct slice name)
{
    char *copy = strndup(name.at, name.length);
    REQUIRE(copy);
    *ARRAY_ADD(types) = (struct slice){copy, name.length};
}

static enum err read_new_types(struct event_log *log, struct error *error)
{
    struct statement *rest;
    bool row = true;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_TYPES, &rest, error);
    if (err)
        return err;
    statement_bind_int(rest, 1, (int64_t)log->types.count);
    while (!err && row) {
        err = statement_step(rest, &row, error);
        if (err || !row)
            continue;
        if (statement_int(rest, 0) != (int64_t)log->types.count + 1)
            err = error_set(error, ERR_CORRUPT, "event type number %zu is missing",
                            log->types.count + 1);
        else
            keep_type(&log->types, statement_text(rest, 1));
    }
    statement_reset(rest);
    return err;
}

/* Begins at the one found last: a command's events are often of one or two types. */
static int64_t find_type(struct type_names *types, struct slice type)
{
    for (size_t i = 0; i < types->count; i++) {
        size_t at = (types->latest + i) % types->count;
        if (slice_equal(types->at[at], type)) {
            types->latest = at;
            return (int64_t)at + 1;
        }
    }
    return 0;
}

static enum err insert_type(struct event_log *log, struct slice type, struct error *error)
{
    struct statement *insert;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_TYPE_INSERT, &insert, error);
    if (err)
        return err;
    statement_bind_int(insert, 1, (int64_t)log->types.count + 1);
    statement_bind_text(insert, 2, type);
    err = statement_run(insert, error);
    if (!err)
        keep_type(&log->types, type);
    return err;
}

enum err log_name_number_type(struct event_log *log, struct slice type, int64_t *ret_number,
                              struct error *error)
{
    *ret_number = find_type(&log->types, type);
    if (*ret_number)
        return OK;
    enum err err = read_new_types(log, error);
    if (!err && find_type(&log->types, type) == 0)
        err = insert_type(log, type, error);
    *ret_number = find_type(&log->types, type);
    return err;
}

enum err log_name_type(struct event_log *log, int64_t number, struct slice *ret_type,
                       struct error *error)
{
    if (number > (int64_t)log->types.count) {
        enum err err = read_new_types(log, error);
        if (err)
            return err;
    }
    if (number < 1 || number > (int64_t)log->types.count)
        return error_set(error, ERR_CORRUPT, "event type number %lld has no name",
                         (long long)number);
    *ret_type = log->types.at[number - 1];
    return OK;
}

void log_name_forget(struct event_log *log)
{
    for (size_t i = 0; i < LOG_STREAM_NAMES_MOST; i++)
        free((char *)log->streams[i].name.at);
    memset(log->streams, 0, sizeof log->streams);
    for (size_t i = 0; i < log->types.count; i++)
        free((char *)log->types.at[i].at);
    free(log->types.at);
    log->types = (struct type_names){0};
}
