/* The names in memory are a direct-mapped table: a number has one slot, and a later number with the
 * same slot replaces it. Streams are never renamed, so the names stay right until a rollback. */
#include "event_store/sqlite/event_log.h"

/* "account/ACC-1" into its parts; the id is empty if there is no slash. */
static void split(struct slice stream, struct slice *ret_category, struct slice *ret_id)
{
    const char *slash = stream.length ? memchr(stream.at, '/', stream.length) : NULL;
    size_t category = slash ? (size_t)(slash - stream.at) : stream.length;
    size_t id = slash ? category + 1 : stream.length;
    *ret_category = (struct slice){stream.at, category};
    *ret_id = (struct slice){stream.at + id, stream.length - id};
}

enum err stream_name_find(struct event_log *log, struct slice stream, int64_t *ret_number,
                          struct error *error)
{
    struct statement *find;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_STREAM_FIND, &find, error);
    if (err)
        return err;
    struct slice category, id;
    split(stream, &category, &id);
    statement_bind_text(find, 1, category);
    statement_bind_text(find, 2, id);
    return statement_read_int(find, 0, ret_number, error);
}

enum err stream_name_add(struct event_log *log, int64_t number, struct slice stream,
                         struct error *error)
{
    struct statement *insert;
    struct slice category, id;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_STREAM_INSERT, &insert, error);
    if (err)
        return err;
    split(stream, &category, &id);
    REQUIRE(category.length > 0 && id.length > 0);
    statement_bind_int(insert, 1, number);
    statement_bind_text(insert, 2, category);
    statement_bind_text(insert, 3, id);
    err = statement_run(insert, error);
    return err ? error_add_context(error, err, "add stream %.*s", SLICE(stream)) : OK;
}

static enum err read_name(struct event_log *log, int64_t number, size_t slot, struct error *error)
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
    free(log->streams.kept[slot].name);
    log->streams.kept[slot].number = number;
    log->streams.kept[slot].name = copy;
    log->streams.kept[slot].length = text.length;
    statement_reset(name);
    return OK;
}

enum err stream_name_of(struct event_log *log, int64_t number, struct slice *ret_stream,
                        struct error *error)
{
    size_t slot = (size_t)number % STREAM_NAMES_KEPT;
    if (log->streams.kept[slot].number != number || !log->streams.kept[slot].name) {
        enum err err = read_name(log, number, slot, error);
        if (err)
            return err;
    }
    *ret_stream = (struct slice){log->streams.kept[slot].name, log->streams.kept[slot].length};
    return OK;
}

enum err stream_name_version(struct event_log *log, int64_t number, int64_t *ret_version,
                             struct error *error)
{
    struct statement *version;
    enum err err =
        statement_set_get(&log->statements, LOG_STATEMENT_STREAM_VERSION, &version, error);
    if (err)
        return err;
    statement_bind_int(version, 1, number);
    return statement_read_int(version, 0, ret_version, error);
}

void stream_name_forget(struct stream_names *names)
{
    for (size_t i = 0; i < STREAM_NAMES_KEPT; i++) {
        free(names->kept[i].name);
        names->kept[i].name = NULL;
        names->kept[i].number = 0;
    }
}
