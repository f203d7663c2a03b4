/* Idempotency keys: the first answer again, in whatever way the repeat comes. */
#include "tests/support/claims.h"
#include "tests/write_model/desk_fixture.h"

#include "base/clock.h"
#include "base/db.h"

static void init_keyed(struct sent *sent, const char *command, const char *key,
                       unsigned char fingerprint)
{
    sent_init(sent, "A", command, "{}");
    sent->request.idempotency_key = key;
    sent->request.fingerprint[0] = fingerprint;
}

static void run_keyed(struct sent *sent, struct desk_fixture *fixture, const char *command,
                      const char *key, unsigned char fingerprint)
{
    init_keyed(sent, command, key, fingerprint);
    sent_submit(sent, fixture->desk);
    sent_wait(sent);
}

static void assert_same_answer(const struct sent *first, const struct sent *again)
{
    assert_false(first->answer.replayed);
    assert_true(again->answer.replayed);
    assert_int_equal(first->answer.status, again->answer.status);
    assert_int_equal(first->answer.err, again->answer.err);
    assert_int_equal(first->answer.version, again->answer.version);
    assert_int_equal(first->answer.position, again->answer.position);
    assert_int_equal(first->answer.body_length, again->answer.body_length);
    assert_string_equal(first->answer.body, again->answer.body);
    assert_string_equal(again->answer.correlation_id, "correlation-1");
}

static void a_repeat_gets_the_first_answer(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, again;
    run_keyed(&first, fixture, "add", "key-1", 7);
    assert_int_equal(first.answer.status, 201);
    init_keyed(&again, "add", "key-1", 7);
    again.request.correlation_id = "another";
    again.request.expected_version = EXPECT_NO_STREAM; /* the key is looked up before */
    desk_fixture_reopen(fixture);
    sent_submit(&again, fixture->desk);
    sent_wait(&again);
    assert_same_answer(&first, &again);
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
    sent_finish(&first);
    sent_finish(&again);
}

static void a_repeat_of_what_still_waits_gets_the_replay(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, first, again;
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    init_keyed(&first, "add", "key-1", 7);
    init_keyed(&again, "add", "key-1", 7);
    sent_submit(&first, fixture->desk);
    sent_submit(&again, fixture->desk);
    counter_release();
    sent_wait(&first);
    sent_wait(&again);
    assert_int_equal(first.answer.status, 201);
    assert_same_answer(&first, &again);
    assert_int_equal(desk_fixture_head(fixture->directory), 2);
    sent_wait(&hold);
    sent_finish(&hold);
    sent_finish(&first);
    sent_finish(&again);
}

static void a_refusal_by_the_domain_is_replayed_too(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, again;
    desk_fixture_send(fixture, "A", "close", "{}", 201);
    run_keyed(&first, fixture, "add", "key-1", 7);
    assert_int_equal(first.answer.status, 409);
    run_keyed(&again, fixture, "add", "key-1", 7);
    assert_same_answer(&first, &again);
    sent_finish(&first);
    sent_finish(&again);
}

static void other_failures_are_not_kept(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, again;
    init_keyed(&first, "add", "key-1", 7);
    first.request.expected_version = 5;
    sent_submit(&first, fixture->desk);
    sent_wait(&first);
    assert_int_equal(first.answer.status, 412);
    run_keyed(&again, fixture, "add", "key-1", 7);
    assert_int_equal(again.answer.status, 201);
    sent_finish(&first);
    sent_finish(&again);
    run_keyed(&first, fixture, "break", "key-2", 7);
    assert_int_equal(first.answer.status, 500);
    run_keyed(&again, fixture, "add", "key-2", 7);
    assert_int_equal(again.answer.status, 200);
    assert_false(again.answer.replayed);
    sent_finish(&first);
    sent_finish(&again);
}

static void a_key_of_another_request_is_refused(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, other;
    run_keyed(&first, fixture, "add", "key-1", 7);
    run_keyed(&other, fixture, "add", "key-1", 8);
    assert_int_equal(other.answer.status, 422);
    assert_int_equal(other.answer.err, ERR_KEY_REUSED);
    assert_text_contains(other.answer.body, "idempotency-key-reused");
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
    sent_finish(&first);
    sent_finish(&other);
}

static int64_t count_keys(const struct desk_fixture *fixture)
{
    AUTO(text) struct text path = {0};
    AUTO(db) struct db *db = NULL;
    int64_t count = 0;
    text_printf(&path, "%s/%s", fixture->directory, EVENT_LOG_FILE);
    assert_ok(db_open_reader(path.at, &db, &error));
    assert_ok(db_read_int(db, "SELECT count(*) FROM idempotency_keys", &count, &error));
    return count;
}

static void keys_expire_and_are_cleaned_up_a_few_at_a_time(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    int64_t hour_us = 3600LL * 1000000;
    clock_set_for_test(1000 * hour_us);
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "key-%d", i);
        run_keyed(&sent, fixture, "add", key, 7);
        sent_finish(&sent);
    }
    clock_set_for_test(1023 * hour_us);
    run_keyed(&sent, fixture, "add", "key-9", 7);
    assert_true(sent.answer.replayed);
    sent_finish(&sent);
    assert_int_equal(count_keys(fixture), 10);
    clock_set_for_test(1025 * hour_us);
    run_keyed(&sent, fixture, "add", "key-9", 7); /* another request in its own right by now */
    assert_false(sent.answer.replayed);
    assert_int_equal(sent.answer.version, 11);
    sent_finish(&sent);
    assert_in_range(count_keys(fixture), 5, 9);
    for (int i = 0; i < 10; i++)
        desk_fixture_send(fixture, "A", "add", "{}", 200);
    assert_int_equal(count_keys(fixture), 1);
    run_keyed(&sent, fixture, "add", "key-9", 7);
    assert_true(sent.answer.replayed);
    sent_finish(&sent);
    clock_set_for_test(0);
}

int main(void)
{
#define CLAIM(claim)                                                                               \
    cmocka_unit_test_setup_teardown(claim, desk_fixture_setup, desk_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_repeat_gets_the_first_answer),
        CLAIM(a_repeat_of_what_still_waits_gets_the_replay),
        CLAIM(a_refusal_by_the_domain_is_replayed_too),
        CLAIM(other_failures_are_not_kept),
        CLAIM(a_key_of_another_request_is_refused),
        CLAIM(keys_expire_and_are_cleaned_up_a_few_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
