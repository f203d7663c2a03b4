/* Stored answers: rows of idempotency_keys. */
#include "event_store/sqlite/event_log.h"

enum err log_answer_add(struct event_log *log, const struct stored_answer *stored,
                        struct error *error)
{
    AUTO(text) struct text events = {0};
    const struct command_answer *answer = &stored->answer;
    struct statement *insert;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_KEY_STORE, &insert, error);
    if (err)
        return err;
    answer_row_write_events(answer, &events);
    statement_bind_int(insert, 1, stored->expires_us);
    statement_bind_text(insert, 2, stored->key);
    statement_bind_blob(insert, 3, stored->fingerprint, SHA256_BYTES);
    statement_bind_text(insert, 4, slice_of(error_slug(answer->err)));
    statement_bind_int(insert, 5, answer->began);
    statement_bind_text(insert, 6, answer->stream);
    statement_bind_int(insert, 7, answer->version);
    statement_bind_int(insert, 8, answer->position);
    statement_bind_text(insert, 9, text_slice(&events));
    statement_bind_text(insert, 10, answer->correlation_id);
    statement_bind_text(insert, 11, answer->detail);
    statement_bind_text(insert, 12, answer->trace_id);
    err = statement_run(insert, error);
    return err ? error_add_context(error, err, "store the answer") : OK;
}

/* One look-up if no answer has expired. */
enum err log_answer_clean(struct event_log *log, size_t most, int64_t now_us, struct error *error)
{
    struct statement *oldest, *clean;
    int64_t expires_us;
    if (most == 0)
        return OK;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_KEY_OLDEST, &oldest, error);
    if (!err)
        err = statement_read_int(oldest, INT64_MAX, &expires_us, error);
    if (err || expires_us > now_us)
        return err;
    err = statement_set_get(&log->statements, LOG_STATEMENT_KEY_CLEAN, &clean, error);
    if (err)
        return err;
    statement_bind_int(clean, 1, (int64_t)most);
    statement_bind_int(clean, 2, now_us);
    return statement_run(clean, error);
}

/* ERR_INTERNAL: the row cannot be read. It is not ERR_CORRUPT: no event is damaged, and only the
 * requests with this key need the row. */
static enum err read_row(const struct statement *row, struct arena *arena,
                         struct stored_answer *ret, struct error *error)
{
    struct slice fingerprint = statement_blob(row, 0);
    struct command_answer *answer = &ret->answer;
    *answer = (struct command_answer){
        .began = statement_int(row, 2),
        .stream = statement_text(row, 3),
        .version = statement_int(row, 4),
        .position = statement_int(row, 5),
        .correlation_id = statement_text(row, 7),
        .detail = statement_text(row, 8),
        .trace_id = statement_text(row, 9),
    };
    ret->fingerprint = (const unsigned char *)fingerprint.at;
    if (fingerprint.length != SHA256_BYTES)
        return error_set(error, ERR_INTERNAL, "its fingerprint has %zu bytes", fingerprint.length);
    enum err err = answer_row_read_outcome(statement_text(row, 1), answer, error);
    return err ? err : answer_row_read_events(statement_text(row, 6), arena, answer, error);
}

static enum err give(const struct prefetch_sink *sink, size_t index, struct slice key,
                     const struct statement *row, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    struct stored_answer answer = {.key = key};
    struct error why = {0};
    enum err err = read_row(row, &arena, &answer, &why);
    if (err == ERR_INTERNAL)
        return sink->answer(sink->context, index, NULL, why.text, error);
    if (err)
        return error_set(error, err, "read the answer to the key %.*s: %s", SLICE(key), why.text);
    return sink->answer(sink->context, index, &answer, NULL, error);
}

enum err log_answer_find(struct event_log *log, const struct event_prefetch *wanted, size_t index,
                         const struct prefetch_sink *sink, struct error *error)
{
    struct statement *find;
    bool row;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_KEY_FIND, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, wanted->keys[index]);
    statement_bind_int(find, 2, wanted->key_now_us);
    err = statement_step(find, &row, error);
    if (!err && row)
        err = give(sink, index, wanted->keys[index], find, error);
    statement_reset(find);
    return err;
}

enum err log_answer_newest(struct event_store *store, int64_t *ret_expires_us, struct error *error)
{
    struct statement *newest;
    enum err err = statement_set_get(&event_log_of(store)->statements, LOG_STATEMENT_KEY_NEWEST,
                                     &newest, error);
    return err ? err : statement_read_int(newest, 0, ret_expires_us, error);
}
