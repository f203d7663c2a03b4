/* Idempotency keys: every repeat gets the first answer. */
#include "tests/support/claims.h"
#include "tests/write_model/desk_fixture.h"

#include "base/clock.h"
#include "base/db.h"
#include "base/wal_bound.h"
#include "telemetry/metrics.h"

#include <sys/stat.h>

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
    AUTO(text) struct text text = {0};
    sent_write(first, &text);
    sent_assert(again, text.at);
    assert_true(slice_is(again->answer.correlation_id, "correlation-1"));
}

static void a_repeat_gets_the_first_answer(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, again;
    run_keyed(&first, fixture, "add", "key-1", 7);
    assert_began(&first);
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

static void a_repeat_of_a_waiting_command_gets_the_replay(void **state)
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
    assert_began(&first);
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
    desk_fixture_send(fixture, "A", "close", "{}", OK);
    run_keyed(&first, fixture, "add", "key-1", 7);
    assert_int_equal(first.answer.err, ERR_REFUSED);
    run_keyed(&again, fixture, "add", "key-1", 7);
    assert_same_answer(&first, &again);
    sent_finish(&first);
    sent_finish(&again);
}

/* They do not add events, but rows. */
static void the_wal_is_copied_also_while_only_refusals_are_stored(void **state)
{
    struct desk_fixture *fixture = *state;
    AUTO(text) struct text wal = {0};
    struct stat status;
    int count = 0;
    text_printf(&wal, "%s/events.db-wal", fixture->directory);
    desk_fixture_send(fixture, "A", "close", "{}", OK);
    for (int64_t before = 0;; count++) {
        char key[32];
        struct sent sent;
        snprintf(key, sizeof key, "key-%d", count);
        run_keyed(&sent, fixture, "add", key, 7);
        assert_int_equal(sent.answer.err, ERR_REFUSED);
        sent_finish(&sent);
        assert_int_equal(stat(wal.at, &status), 0);
        if (count > 100 && status.st_size == before)
            break; /* the WAL was copied, and begun again */
        assert_true(status.st_size < 4L * 4096 * WAL_BOUND_PAGES);
        before = status.st_size;
    }
}

static void other_failures_are_not_replayed(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, again;
    init_keyed(&first, "add", "key-1", 7);
    first.request.expected_version = 5;
    sent_submit(&first, fixture->desk);
    sent_wait(&first);
    assert_int_equal(first.answer.err, ERR_WRONG_VERSION);
    run_keyed(&again, fixture, "add", "key-1", 7);
    assert_began(&again);
    sent_finish(&first);
    sent_finish(&again);
    run_keyed(&first, fixture, "break", "key-2", 7);
    assert_int_equal(first.answer.err, ERR_POISON);
    run_keyed(&again, fixture, "add", "key-2", 7);
    assert_accepted(&again);
    assert_false(again.answer.replayed);
    sent_finish(&first);
    sent_finish(&again);
}

static void a_key_of_another_request_is_rejected(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first, other;
    run_keyed(&first, fixture, "add", "key-1", 7);
    run_keyed(&other, fixture, "add", "key-1", 8);
    assert_int_equal(other.answer.err, ERR_KEY_REUSED);
    assert_int_equal(other.answer.err, ERR_KEY_REUSED);
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
    sent_finish(&first);
    sent_finish(&other);
}

/* Only this request fails: other commands of the same batch are stored, and the log is not reported as
 * damaged. */
static void assert_key_fails_alone(struct desk_fixture *fixture, const char *sql, const char *why)
{
    struct sent hold, again, other;
    desk_fixture_tamper(fixture, sql);
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    init_keyed(&again, "add", "key-1", 7);
    init_keyed(&other, "add", "", 0);
    sent_submit(&again, fixture->desk);
    sent_submit(&other, fixture->desk);
    counter_release();
    sent_wait(&again);
    sent_wait(&other);
    sent_wait(&hold);
    assert_int_equal(again.answer.err, ERR_INTERNAL);
    sent_assert_detail(&again, "the answer stored under the key \"key-1\" cannot be read: ");
    sent_assert_detail(&again, why);
    assert_accepted(&other);
    assert_ok(command_desk_ready(fixture->desk, &error));
    sent_finish(&again);
    sent_finish(&other);
    sent_finish(&hold);
}

static void a_stored_answer_that_cannot_be_read_fails_only_requests_with_its_key(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent first;
    run_keyed(&first, fixture, "add", "key-1", 7);
    assert_accepted(&first);
    sent_finish(&first);
    assert_key_fails_alone(fixture, "UPDATE idempotency_keys SET events = '[[1'",
                           "its events are [[1");
    assert_key_fails_alone(fixture, "UPDATE idempotency_keys SET outcome = 'of-another-version'",
                           "its outcome \"of-another-version\" is unknown");
    assert_key_fails_alone(fixture, "UPDATE idempotency_keys SET fingerprint = x'00'",
                           "its fingerprint has 1 bytes");
}

static int64_t count_keys(const struct desk_fixture *fixture)
{
    AUTO(text) struct text path = {0};
    AUTO(db) struct db *db = NULL;
    int64_t count = 0;
    text_printf(&path, "%s/events.db", fixture->directory);
    assert_ok(db_open_reader(path.at, DB_EVENTS, &db, &error));
    assert_ok(db_read_int(db, "SELECT count(*) FROM idempotency_keys", &count, &error));
    return count;
}

/* Sends `add` to A with the key; true if the first answer was replayed. */
static bool is_replayed(struct desk_fixture *fixture, const char *key)
{
    struct sent sent;
    run_keyed(&sent, fixture, "add", key, 7);
    bool replayed = sent.answer.replayed;
    sent_finish(&sent);
    return replayed;
}

static void store_ten_keys(struct desk_fixture *fixture)
{
    for (int i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "key-%d", i);
        assert_false(is_replayed(fixture, key));
    }
}

static void keys_expire_and_are_cleaned_up(void **state)
{
    struct desk_fixture *fixture = *state;
    fixture->options.key_lifetime_us = 1000; /* a millisecond */
    desk_fixture_reopen(fixture);
    store_ten_keys(fixture);
    wait_until(20, !is_replayed(fixture, "key-9")); /* executed as a new request */
    wait_until(20, (desk_fixture_send(fixture, "A", "add", "{}", OK), count_keys(fixture) == 0));
}

static void setting_the_clock_does_not_expire_keys(void **state)
{
    struct desk_fixture *fixture = *state;
    const int64_t day_us = 86400LL * 1000000;
    store_ten_keys(fixture);
    clock_step_for_test(400 * day_us);
    assert_true(is_replayed(fixture, "key-9"));
    desk_fixture_send(fixture, "A", "add", "{}", OK); /* and is recorded a year ahead */
    assert_int_equal(count_keys(fixture), 10);
    desk_fixture_reopen(fixture);
    assert_true(is_replayed(fixture, "key-9"));
    clock_step_for_test(-400 * day_us);
    desk_fixture_reopen(fixture);
    assert_true(is_replayed(fixture, "key-9"));
    assert_int_equal(count_keys(fixture), 10);
}

/* New events get the same time until the clock has reached it. */
static void keys_expire_even_after_an_event_of_the_far_future(void **state)
{
    struct desk_fixture *fixture = *state;
    const int64_t year_us = 365LL * 86400 * 1000000;
    fixture->options.key_lifetime_us = 1000;
    desk_fixture_reopen(fixture);
    clock_step_for_test(year_us);
    store_ten_keys(fixture);
    clock_step_for_test(-year_us);
    assert_true(command_desk_clock_behind_us(fixture->desk) > year_us / 2);
    wait_until(20, (desk_fixture_send(fixture, "A", "add", "{}", OK), count_keys(fixture) == 0));
    assert_int_equal(metric_value(metric_series(METRIC_CLOCK_STEPS, "")) > 0, 1);
}

int main(void)
{
#define CLAIM(claim)                                                                               \
    cmocka_unit_test_setup_teardown(claim, desk_fixture_setup, desk_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_repeat_gets_the_first_answer),
        CLAIM(a_repeat_of_a_waiting_command_gets_the_replay),
        CLAIM(a_refusal_by_the_domain_is_replayed_too),
        CLAIM(the_wal_is_copied_also_while_only_refusals_are_stored),
        CLAIM(other_failures_are_not_replayed),
        CLAIM(a_key_of_another_request_is_rejected),
        CLAIM(a_stored_answer_that_cannot_be_read_fails_only_requests_with_its_key),
        CLAIM(keys_expire_and_are_cleaned_up),
        CLAIM(setting_the_clock_does_not_expire_keys),
        CLAIM(keys_expire_even_after_an_event_of_the_far_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
