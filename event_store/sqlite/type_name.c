/* All types are kept in memory; rows that were added since are read when a name or number is not
 * found. Types are never changed, so a name in memory stays right until a rollback. */
#include "event_store/sqlite/event_log.h"

#include "base/array.h"

static void add_name(struct type_names *types, struct slice name)
{
    char *copy = strndup(name.at, name.length);
    REQUIRE(copy);
    *ARRAY_ADD(types) = (struct slice){copy, name.length};
}

static enum err read_rest(struct event_log *log, struct error *error)
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
            add_name(&log->types, statement_text(rest, 1));
    }
    statement_reset(rest);
    return err;
}

/* Begins at the one found last: a command's events are often of one or two types. */
static int64_t number_in_memory(struct type_names *types, struct slice type)
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
        add_name(&log->types, type);
    return err;
}

enum err type_name_number(struct event_log *log, struct slice type, int64_t *ret_number,
                          struct error *error)
{
    *ret_number = number_in_memory(&log->types, type);
    if (*ret_number)
        return OK;
    enum err err = read_rest(log, error);
    if (!err && number_in_memory(&log->types, type) == 0)
        err = insert_type(log, type, error);
    *ret_number = number_in_memory(&log->types, type);
    return err;
}

enum err type_name_of(struct event_log *log, int64_t number, struct slice *ret_type,
                      struct error *error)
{
    if (number > (int64_t)log->types.count) {
        enum err err = read_rest(log, error);
        if (err)
            return err;
    }
    if (number < 1 || number > (int64_t)log->types.count)
        return error_set(error, ERR_CORRUPT, "event type number %lld has no name",
                         (long long)number);
    *ret_type = log->types.at[number - 1];
    return OK;
}

void type_name_forget(struct type_names *types)
{
    for (size_t i = 0; i < types->count; i++)
        free((char *)types->at[i].at);
    free(types->at);
    *types = (struct type_names){0};
}
