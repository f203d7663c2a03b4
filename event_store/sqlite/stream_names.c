/* Streams by name: the index stream_names on disk, and the recent streams in memory.
 *
 * Names come in any order, so adding each new stream to the index at once would write one page of the index
 * for each: more than everything else that a command writes, and in a large log a page that is not in the
 * cache. So a new stream is first only in `streams`, which grows at its end, and in `recent`, a temporary
 * table in memory that each connection keeps for itself. From there the writer merges streams into the index,
 * in rounds: a round goes through the names in their order and moves those that were there when it began; each
 * write set moves as many names as it added, all near each other, so that many share a page.
 *
 * Invariant: each stream is in the index or has a higher number than `through`, which is stored at the end of a
 * round: the number of the newest stream when the round began. So `recent` can be filled at any time from the
 * streams after `through`. It may also have streams that are in the index.
 */
#include "event_store/sqlite/event_log.h"

/* In the writer: a round moves as many, and the streams after `through` are at most twice as many. About 2 MiB. */
#define RECENT_MOST   32768

/* A reader does not see what was merged. With this many times as many it begins again, with the streams after
 * `through`. */
#define READER_FACTOR 4

/* "account/ACC-1" into its parts; the id is empty if there is no slash. */
static void split(struct slice stream, struct slice *ret_category, struct slice *ret_id)
{
    const char *slash = stream.length ? memchr(stream.at, '/', stream.length) : NULL;
    size_t category = slash ? (size_t)(slash - stream.at) : stream.length;
    size_t id = slash ? category + 1 : stream.length;
    *ret_category = (struct slice){stream.at, category};
    *ret_id = (struct slice){stream.at + id, stream.length - id};
}

void stream_names_finish(struct event_log *log)
{
    text_finish(&log->names.category);
    text_finish(&log->names.id);
}

void stream_names_forget(struct event_log *log)
{
    log->names.loaded = -1;
}

/* ---- finding ---- */

static enum err get(struct event_log *log, int which, struct statement **ret_statement,
                    struct error *error)
{
    return statement_set_get(&log->statements, which, ret_statement, error);
}

static enum err reload(struct event_log *log, struct error *error)
{
    struct statement *clear, *through;
    enum err err = get(log, LOG_STATEMENT_RECENT_CLEAR, &clear, error);
    if (!err)
        err = statement_run(clear, error);
    if (!err)
        err = get(log, LOG_STATEMENT_NAMES_THROUGH, &through, error);
    if (!err)
        err = statement_read_int(through, 0, &log->names.loaded, error);
    log->names.count = 0;
    return err;
}

/* Two streams of one name violate a constraint, which SQLite reports like a value that it cannot store. */
static enum err refuse_twice(enum err err, struct error *error)
{
    return err == ERR_POISON ? error_set(error, ERR_CORRUPT, "two streams have the same name")
                             : err;
}

static enum err load(struct event_log *log, struct error *error)
{
    struct stream_names *names = &log->names;
    struct statement *last, *add;
    int64_t newest;
    enum err err = get(log, LOG_STATEMENT_STREAM_LAST, &last, error);
    if (!err)
        err = statement_read_int(last, 0, &newest, error);
    if (err || newest == names->loaded)
        return err;
    err = get(log, LOG_STATEMENT_RECENT_ADD, &add, error);
    if (err)
        return err;
    statement_bind_int(add, 1, names->loaded);
    statement_bind_int(add, 2, newest);
    err = statement_run(add, error);
    names->count += db_changes(log->db);
    names->loaded = newest;
    return refuse_twice(err, error);
}

static void begin_round(struct stream_names *names)
{
    text_clear(&names->category);
    text_clear(&names->id);
    names->through = names->loaded;
}

enum err stream_names_catch_up(struct event_log *log, struct error *error)
{
    struct stream_names *names = &log->names;
    bool again = names->loaded < 0 || names->count > READER_FACTOR * names->most;
    enum err err = again ? reload(log, error) : OK;
    if (!err)
        err = load(log, error);
    if (err) {
        names->loaded = -1;
        return error_add_context(error, err, "names of streams");
    }
    if (again)
        begin_round(names);
    return OK;
}

/* The writer loads `recent` at once, so that no command waits for it. */
enum err stream_names_init(struct event_log *log, struct error *error)
{
    log->names.loaded = -1;
    log->names.most = RECENT_MOST;
    enum err err =
        db_execute(log->db,
                   "PRAGMA temp_store = MEMORY;"
                   "CREATE TEMP TABLE recent_streams (category TEXT NOT NULL, id TEXT NOT NULL,"
                   " stream INTEGER NOT NULL, PRIMARY KEY (category, id)) STRICT, WITHOUT ROWID",
                   error);
    return err || !log->lock ? err : stream_names_catch_up(log, error);
}

static enum err find(struct event_log *log, struct slice category, struct slice id,
                     int64_t *ret_number, struct error *error)
{
    struct statement *find;
    enum err err = get(log, LOG_STATEMENT_STREAM_FIND, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, category);
    statement_bind_text(find, 2, id);
    return statement_read_int(find, 0, ret_number, error);
}

/* The writer's `recent` has all new streams after each write set. */
static bool may_lag(const struct event_log *log)
{
    return !log->lock || log->names.loaded < 0;
}

enum err stream_names_find(struct event_log *log, struct slice stream, int64_t *ret_number,
                           struct error *error)
{
    struct slice category, id;
    split(stream, &category, &id);
    enum err err = find(log, category, id, ret_number, error);
    if (err || *ret_number || !may_lag(log))
        return err;
    err = stream_names_catch_up(log, error);
    return err ? err : find(log, category, id, ret_number, error);
}

/* ---- adding ---- */

enum err stream_names_add(struct event_log *log, int64_t number, struct slice stream,
                          struct error *error)
{
    struct statement *insert;
    struct slice category, id;
    enum err err = get(log, LOG_STATEMENT_STREAM_INSERT, &insert, error);
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

/* ---- merging ---- */

/* The next names of the round, at most `most`: up to ret_category and ret_id, valid until the statement is
 * reset. *ret_row is false at the end of the round. */
static enum err find_slice_end(struct event_log *log, int64_t most, struct statement **ret_end,
                               bool *ret_row, struct error *error)
{
    enum err err = get(log, LOG_STATEMENT_RECENT_SLICE_END, ret_end, error);
    if (err)
        return err;
    statement_bind_text(*ret_end, 1, text_slice(&log->names.category));
    statement_bind_text(*ret_end, 2, text_slice(&log->names.id));
    statement_bind_int(*ret_end, 3, most);
    statement_bind_int(*ret_end, 4, log->names.through);
    return statement_step(*ret_end, ret_row, error);
}

static enum err run_on_slice(struct event_log *log, int which, const struct statement *end,
                             struct error *error)
{
    struct statement *statement;
    enum err err = get(log, which, &statement, error);
    if (err)
        return err;
    statement_bind_text(statement, 1, text_slice(&log->names.category));
    statement_bind_text(statement, 2, text_slice(&log->names.id));
    statement_bind_text(statement, 3, statement_text(end, 0));
    statement_bind_text(statement, 4, statement_text(end, 1));
    statement_bind_int(statement, 5, log->names.through);
    return statement_run(statement, error);
}

static enum err move_slice(struct event_log *log, const struct statement *end, struct error *error)
{
    enum err err = run_on_slice(log, LOG_STATEMENT_NAMES_ADD_SLICE, end, error);
    err = refuse_twice(err, error);
    if (!err)
        err = run_on_slice(log, LOG_STATEMENT_RECENT_REMOVE_SLICE, end, error);
    if (err)
        return err;
    log->names.count -= db_changes(log->db);
    text_clear(&log->names.category);
    text_add_slice(&log->names.category, statement_text(end, 0));
    text_clear(&log->names.id);
    text_add_slice(&log->names.id, statement_text(end, 1));
    return OK;
}

static enum err end_round(struct event_log *log, struct error *error)
{
    struct statement *set;
    enum err err = get(log, LOG_STATEMENT_NAMES_SET_THROUGH, &set, error);
    if (err)
        return err;
    statement_bind_int(set, 1, log->names.through);
    begin_round(&log->names);
    return statement_run(set, error);
}

static enum err merge(struct event_log *log, int64_t most, struct error *error)
{
    struct statement *end;
    bool row = false;
    enum err err = find_slice_end(log, most, &end, &row, error);
    if (err)
        return err;
    err = row ? move_slice(log, end, error) : end_round(log, error);
    statement_reset(end);
    return err;
}

enum err stream_names_merge(struct event_log *log, size_t added, struct error *error)
{
    enum err err = stream_names_catch_up(log, error);
    int64_t surplus = log->names.count - log->names.most;
    int64_t most = 2 * (int64_t)added;
    if (err || surplus <= 0 || most == 0)
        return err;
    return merge(log, surplus < most ? surplus : most, error);
}
