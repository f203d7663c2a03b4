/* Answers to idempotency keys: found by key until they expire, then cleaned up. */
#include "tests/event_store/conformance_claims.h"

#include "base/encoding.h"

static const struct answered_event events[] = {
    {{"1", 1}, {"thing.done.v1", 13}, 70},
    {{"a \"quoted\" \xc3\xa5 \\", 14}, {"thing.begun.v1", 14}, 9007199254740993},
};

/* Each member has a different value, so that exchanged members are noticed. */
static struct command_answer accepted(void)
{
    return (struct command_answer){.began = true,
                                   .version = 7,
                                   .position = 9007199254740993,
                                   .correlation_id = slice_of("c-1"),
                                   .stream = slice_of("thing/1"),
                                   .events = events,
                                   .event_count = 2};
}

static struct command_answer refused(enum err err)
{
    return (struct command_answer){.err = err,
                                   .version = 3,
                                   .position = 8,
                                   .correlation_id = slice_of("c-2"),
                                   .detail = slice_of("thing 'one' is \"done\" \xc3\xa5"),
                                   .trace_id = slice_of("0af7651916cd43dd8448eb211c80319c")};
}

static void add_answer(struct write_set *set, const char *key, int64_t expires_us,
                       const struct command_answer *answer)
{
    unsigned char fingerprint[SHA256_BYTES];
    for (size_t i = 0; i < SHA256_BYTES; i++)
        fingerprint[i] = (unsigned char)(255 - i);
    write_set_add_answer(set, &(struct stored_answer){.key = slice_of(key),
                                                      .fingerprint = fingerprint,
                                                      .expires_us = expires_us,
                                                      .answer = *answer});
}

static void store_this(struct event_store *log, const char *key, int64_t expires_us,
                       const struct command_answer *answer)
{
    struct write_set set;
    own_log_begin(log, &set);
    add_answer(&set, key, expires_us, answer);
    own_log_store(log, &set);
}

static void store_answer(struct event_store *log, const char *key, int64_t expires_us)
{
    struct command_answer answer = accepted();
    store_this(log, key, expires_us, &answer);
}

static void write_answer(const struct command_answer *answer, struct text *out)
{
    text_printf(out,
                "%s began %d version %lld position %lld correlation %.*s stream %.*s detail %.*s "
                "trace %.*s replayed %d",
                error_slug(answer->err), answer->began, (long long)answer->version,
                (long long)answer->position, SLICE(answer->correlation_id), SLICE(answer->stream),
                SLICE(answer->detail), SLICE(answer->trace_id), answer->replayed);
    for (size_t i = 0; i < answer->event_count; i++)
        text_printf(out, " [%.*s %.*s %lld]", SLICE(answer->events[i].id),
                    SLICE(answer->events[i].type), (long long)answer->events[i].position);
}

static enum err take_answer(void *context, size_t key, const struct stored_answer *answer,
                            const char *fault, struct error *error)
{
    (void)key, (void)error;
    assert_null(fault);
    text_printf(context, "%.*s ", SLICE(answer->key));
    encoding_write_hex(answer->fingerprint, SHA256_BYTES, context);
    text_add_char(context, ' ');
    write_answer(&answer->answer, context);
    return OK;
}

/* Sets `out` to the answer found at `now_us` of the key clock; "" if none is. */
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

/* The answer is found as it was stored, also by a handle that is opened later. */
static void assert_round_trip(struct log_fixture *fixture, const char *key,
                              const struct command_answer *answer)
{
    AUTO(text) struct text found = {0}, expected = {0};
    store_this(fixture->log, key, 1000, answer);
    log_fixture_reopen(fixture);
    find_answer(fixture->log, key, 999, &found);
    text_printf(&expected, "%s fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0 ",
                key);
    write_answer(answer, &expected);
    assert_string_equal(found.at, expected.at);
}

static void a_stored_answer_is_found_by_its_key_as_it_was_stored(void **state)
{
    struct log_fixture *fixture = *state;
    struct command_answer answer = accepted();
    assert_round_trip(fixture, "k 'quoted' \xc3\xa5", &answer);
    assert_false(has_answer(fixture->log, "K 'quoted' \xc3\xa5", 999));
    assert_false(has_answer(fixture->log, "k", 999));
    answer = (struct command_answer){.stream = slice_of("thing/2"), .position = 5};
    assert_round_trip(fixture, "nothing added", &answer);
}

/* Outcomes are stored by slug, so their numbers may change between versions. */
static void every_outcome_is_found_as_it_was_stored(void **state)
{
    struct log_fixture *fixture = *state;
    struct command_answer answer = refused(ERR_REFUSED);
    assert_round_trip(fixture, "refused", &answer);
    for (enum err err = ERR_BAD_REQUEST; err <= ERR_INTERNAL; err++) {
        AUTO(text) struct text found = {0};
        answer = refused(err);
        store_this(fixture->log, error_slug(err), 1000, &answer);
        find_answer(fixture->log, error_slug(err), 0, &found);
        assert_text_contains(found.at, error_slug(err));
        assert_text_contains(found.at, "began 0 version 3");
    }
}

static void a_set_with_answers_alone_does_not_move_the_head(void **state)
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

/* At moment 0 of the key clock no answer has expired: an answer not found then was removed. */
static void cleaning_removes_at_most_the_given_number_of_expired_answers(void **state)
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
    CLAIM(every_outcome_is_found_as_it_was_stored),
    CLAIM(a_set_with_answers_alone_does_not_move_the_head),
    CLAIM(an_answer_is_not_found_from_its_expiry_on),
    CLAIM(an_expired_answer_is_replaced_by_the_next_with_its_key),
    CLAIM(the_newest_answer_s_expiry_is_known),
    CLAIM(cleaning_removes_at_most_the_given_number_of_expired_answers),
};

const struct claim_table answer_claims = CLAIM_TABLE(claims);
