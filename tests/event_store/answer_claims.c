/* Answers to idempotency keys: found by key until they expire, cleaned when they have. */
#include "base/encoding.h"
#include "tests/event_store/conformance_claims.h"

static void add_answer(struct write_set *set, const char *key, int64_t expires_us)
{
    unsigned char fingerprint[SHA256_BYTES];
    for (size_t i = 0; i < SHA256_BYTES; i++)
        fingerprint[i] = (unsigned char)(255 - i);
    write_set_add_answer(set, &(struct stored_answer){.key = slice_of(key),
                                                      .fingerprint = fingerprint,
                                                      .expires_us = expires_us,
                                                      .status = 409,
                                                      .version = 7,
                                                      .position = 70,
                                                      .correlation_id = slice_of("c-1"),
                                                      .body = slice_of(key)});
}

static void store_answer(struct event_store *log, const char *key, int64_t expires_us)
{
    struct write_set set;
    own_log_begin(log, &set);
    add_answer(&set, key, expires_us);
    own_log_store(log, &set);
}

static enum err take_answer(void *context, size_t key, const struct stored_answer *answer,
                            struct error *error)
{
    (void)key, (void)error;
    text_printf(context, "%.*s %d %lld %lld %.*s %.*s ", SLICE(answer->key), answer->status,
                (long long)answer->version, (long long)answer->position,
                SLICE(answer->correlation_id), SLICE(answer->body));
    encoding_write_hex(answer->fingerprint, SHA256_BYTES, context);
    return OK;
}

/* Sets `out` to what is found at `now_us` of the key clock, "" if nothing. */
static void find_answer(struct event_store *log, const char *key, int64_t now_us, struct text *out)
{
    struct slice wanted_key = slice_of(key);
    struct event_prefetch wanted = {.keys = &wanted_key, .key_count = 1, .key_now_us = now_us};
    struct prefetch_sink sink = {.context = out, .answer = take_answer};
    text_clear(out);
    text_add(out, "");
    assert_ok(event_store_prefetch(log, &wanted, &sink, &error));
}

static bool has_answer(struct event_store *log, const char *key, int64_t now_us)
{
    AUTO(text) struct text found = {0};
    find_answer(log, key, now_us, &found);
    return found.length > 0;
}

static void a_stored_answer_is_found_by_its_key_as_it_was_stored(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text found = {0};
    store_answer(fixture->log, "k 'quoted' \xc3\xa5", 1000);
    log_fixture_reopen(fixture);
    find_answer(fixture->log, "k 'quoted' \xc3\xa5", 999, &found);
    assert_string_equal(found.at,
                        "k 'quoted' \xc3\xa5 409 7 70 c-1 k 'quoted' \xc3\xa5 "
                        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0");
    assert_false(has_answer(fixture->log, "K 'quoted' \xc3\xa5", 999));
    assert_false(has_answer(fixture->log, "k", 999));
}

static void a_set_of_answers_alone_leaves_the_head_as_it_was(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct checkpoint before, after;
    log_fixture_fill(log, 3, 1);
    assert_ok(event_store_head(log, &before, NULL, &error));
    store_answer(log, "k", 1000);
    assert_ok(event_store_head(log, &after, NULL, &error));
    assert_int_equal(after.position, 3);
    assert_memory_equal(after.hash, before.hash, EVENT_HASH_BYTES);
    log_fixture_append(log, "thing/0", "1");
    assert_int_equal(log_fixture_head(log), 4);
}

static void an_answer_is_not_found_from_its_expiry_on(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    store_answer(log, "k", 1000);
    assert_true(has_answer(log, "k", 999));
    assert_false(has_answer(log, "k", 1000));
    assert_false(has_answer(log, "k", 1001));
}

static void an_expired_answer_is_replaced_by_the_next_with_its_key(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    store_answer(log, "k", 1000);
    store_answer(log, "k", 2000);
    assert_true(has_answer(log, "k", 1999));
    assert_false(has_answer(log, "k", 2000));
}

static void the_newest_answer_s_expiry_is_known(void **state)
{
    struct log_fixture *fixture = *state;
    int64_t expires_us = -1;
    assert_ok(event_store_newest_answer(fixture->log, &expires_us, &error));
    assert_int_equal(expires_us, 0);
    store_answer(fixture->log, "k1", 1000);
    store_answer(fixture->log, "k2", 3000);
    log_fixture_reopen(fixture);
    assert_ok(event_store_newest_answer(fixture->log, &expires_us, &error));
    assert_int_equal(expires_us, 3000);
}

static void clean(struct event_store *log, size_t most, int64_t now_us)
{
    struct write_set set;
    struct event event = {.type = slice_of("thing.done.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/1", 1, &event);
    set.clean_answers = most;
    set.key_now_us = now_us;
    own_log_store(log, &set);
}

/* At moment 0 of the key clock no answer has expired: what is not found then was removed. */
static void cleaning_removes_so_many_expired_answers_and_no_other(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    store_answer(log, "k1", 1000);
    store_answer(log, "k2", 2000);
    store_answer(log, "k3", 3000);
    clean(log, 0, 9000);
    clean(log, 10, 999);
    assert_true(has_answer(log, "k1", 0));
    clean(log, 1, 2000);
    assert_int_equal(has_answer(log, "k1", 0) + has_answer(log, "k2", 0), 1);
    clean(log, 10, 2000);
    assert_int_equal(has_answer(log, "k1", 0) + has_answer(log, "k2", 0), 0);
    assert_true(has_answer(log, "k3", 0));
}

static const struct CMUnitTest claims[] = {
    CLAIM(a_stored_answer_is_found_by_its_key_as_it_was_stored),
    CLAIM(a_set_of_answers_alone_leaves_the_head_as_it_was),
    CLAIM(an_answer_is_not_found_from_its_expiry_on),
    CLAIM(an_expired_answer_is_replaced_by_the_next_with_its_key),
    CLAIM(the_newest_answer_s_expiry_is_known),
    CLAIM(cleaning_removes_so_many_expired_answers_and_no_other),
};

const struct claim_table answer_claims = CLAIM_TABLE(claims);
