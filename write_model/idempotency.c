#include "write_model/idempotency.h"

#include "base/clock.h"
#include "event_store/sqlite/event_log.h"

/* The newest key was stored one lifetime before it expires. */
enum err idempotency_clock(struct event_log *log, int64_t lifetime_us, int64_t *ret_offset_us,
                           struct error *error)
{
    struct statement *newest;
    int64_t expires_us;
    enum err err = log_statement_get(log, LOG_KEY_NEWEST, &newest, error);
    if (!err)
        err = log_statement_read_int(newest, 0, &expires_us, error);
    if (err)
        return err;
    int64_t begin_us = expires_us ? expires_us - lifetime_us : clock_now_us();
    *ret_offset_us = begin_us - clock_monotonic_us();
    return OK;
}

static void take_answer(const struct statement *row, struct command_answer *answer)
{
    struct slice correlation = statement_text(row, 4), body = statement_text(row, 5);
    *answer = (struct command_answer){
        .status = (int)statement_int(row, 1),
        .version = statement_int(row, 2),
        .position = statement_int(row, 3),
        .body = strndup(body.at, body.length),
        .body_length = body.length,
        .replayed = true,
    };
    REQUIRE(answer->body && correlation.length < sizeof answer->correlation_id);
    answer->err = answer->status == error_http_status(ERR_REFUSED) ? ERR_REFUSED : OK;
    memcpy(answer->correlation_id, correlation.at, correlation.length);
}

static enum err read_stored(const struct statement *row, const char *key,
                            const unsigned char fingerprint[SHA256_BYTES],
                            struct command_answer *answer, struct error *error)
{
    struct slice mine = {(const char *)fingerprint, SHA256_BYTES};
    if (!slice_equal(statement_blob(row, 0), mine))
        return error_set(error, ERR_KEY_REUSED,
                         "the Idempotency-Key \"%s\" was used before, with another method, path or "
                         "body; use a new key for a new request",
                         key);
    take_answer(row, answer);
    return OK;
}

enum err idempotency_find(struct event_log *log, const char *key,
                          const unsigned char fingerprint[SHA256_BYTES], int64_t now_us,
                          bool *ret_found, struct command_answer *ret_answer, struct error *error)
{
    struct statement *find;
    *ret_found = false;
    enum err err = log_statement_get(log, LOG_KEY_FIND, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(key));
    statement_bind_int(find, 2, now_us);
    err = statement_step(find, ret_found, error);
    if (!err && *ret_found)
        err = read_stored(find, key, fingerprint, ret_answer, error);
    statement_reset(find);
    return err;
}

enum err idempotency_store(struct event_log *log, const struct command_request *request,
                           int64_t expires_us, const struct command_answer *answer,
                           struct error *error)
{
    struct statement *store;
    enum err err = log_statement_get(log, LOG_KEY_STORE, &store, error);
    if (err)
        return err;
    statement_bind_int(store, 1, expires_us);
    statement_bind_text(store, 2, slice_of(request->idempotency_key));
    statement_bind_blob(store, 3, request->fingerprint, SHA256_BYTES);
    statement_bind_int(store, 4, answer->status);
    statement_bind_int(store, 5, answer->version);
    statement_bind_int(store, 6, answer->position);
    statement_bind_text(store, 7, slice_of(request->correlation_id));
    statement_bind_text(store, 8, (struct slice){answer->body, answer->body_length});
    err = statement_run(store, error);
    return err ? error_add_context(error, err, "store the answer") : OK;
}

enum err idempotency_clean(struct event_log *log, int64_t now_us, size_t most, struct error *error)
{
    struct statement *oldest, *clean;
    int64_t expires;
    enum err err = log_statement_get(log, LOG_KEY_OLDEST, &oldest, error);
    if (!err)
        err = log_statement_read_int(oldest, INT64_MAX, &expires, error);
    if (err || expires > now_us)
        return err;
    err = log_statement_get(log, LOG_KEY_CLEAN, &clean, error);
    if (err)
        return err;
    statement_bind_int(clean, 1, (int64_t)most);
    statement_bind_int(clean, 2, now_us);
    return statement_run(clean, error);
}
