/* What event_append promises: order without gaps, expected versions, times that never go back. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include "base/clock.h"
#include "base/lock_file.h"

#include <unistd.h>

static void append_numbers_positions_and_versions_without_a_gap(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 30, 3);
    log_fixture_reopen(fixture);
    log_fixture_fill(fixture->log, 30, 3);
    assert_ok(
        event_store_read_after(fixture->log, 0, (struct read_limit){100, 1000000}, &batch, &error));
    assert_int_equal(batch.count, 60);
    for (size_t i = 0; i < batch.count; i++) {
        assert_int_equal(batch.events[i].position, i + 1);
        assert_int_equal(batch.events[i].version, i / 3 + 1);
    }
}

static void append_rejects_a_stale_expected_version(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    int64_t version = -1;
    log_fixture_append(log, "thing/1", "1");
    log_fixture_append(log, "thing/1", "2");
    assert_err(ERR_WRONG_VERSION,
               log_fixture_try_append(log, "thing/1", 1, &version, "t", "3", &error));
    assert_int_equal(version, 2);
    assert_int_equal(log_fixture_head(log), 2);
    assert_ok(log_fixture_try_append(log, "thing/1", 2, &version, "t", "3", &error));
    assert_int_equal(version, 3);
}

static void append_tells_a_stream_that_must_and_must_not_exist(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    int64_t version = -1;
    assert_err(ERR_WRONG_VERSION,
               log_fixture_try_append(log, "thing/1", EXPECT_STREAM, &version, "t", "1", &error));
    version = -1;
    assert_ok(log_fixture_try_append(log, "thing/1", EXPECT_NO_STREAM, &version, "t", "1", &error));
    version = -1;
    assert_err(ERR_WRONG_VERSION, log_fixture_try_append(log, "thing/1", EXPECT_NO_STREAM, &version,
                                                         "t", "1", &error));
    assert_ok(log_fixture_try_append(log, "thing/1", EXPECT_STREAM, &version, "t", "1", &error));
    assert_int_equal(log_fixture_head(log), 2);
}

static void a_rolled_back_append_leaves_no_trace(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct event event = {.type = slice_of("thing.undone.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    int64_t version = -1;
    log_fixture_append(log, "thing/1", "1");
    assert_ok(db_execute(event_log_of(log)->db, "BEGIN IMMEDIATE", &error));
    assert_ok(event_append(event_log_of(log), slice_of("thing/2"), EXPECT_ANY, &version, 1, &event,
                           1, &error));
    assert_ok(db_execute(event_log_of(log)->db, "ROLLBACK", &error));
    event_append_forget(event_log_of(log));
    /* Position, stream number and type number of the lost one are used again. */
    log_fixture_append(log, "thing/3", "2");
    AUTO(event_batch) struct event_batch batch = {0};
    assert_ok(event_store_read_after(log, 1, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.count, 1);
    assert_true(slice_is(batch.events[0].stream, "thing/3"));
    assert_true(slice_is(batch.events[0].type, "thing.done.v1"));
    assert_int_equal(batch.events[0].position, 2);
}

static void times_never_go_back(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    int64_t now_us;
    clock_set_for_test(5000000);
    assert_ok(event_append_time(event_log_of(log), &now_us, &error));
    assert_int_equal(now_us, 5000000);
    log_fixture_fill(log, 10, 1); /* up to 1000009 */
    log_fixture_fill(log, 1, 1);  /* says 1000000 */
    AUTO(event_batch) struct event_batch batch = {0};
    assert_ok(event_store_read_after(log, 10, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.events[0].time_us, 1000009);
    clock_set_for_test(1000);
    assert_ok(event_append_time(event_log_of(log), &now_us, &error));
    assert_int_equal(now_us, 1000009);
    clock_set_for_test(0);
}

static void the_log_keeps_its_id_and_head_when_it_is_opened_again(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text id = {0};
    struct checkpoint before, after;
    text_add(&id, event_store_log_id(fixture->log));
    assert_int_equal(id.length, ID_UUID_BYTES - 1);
    log_fixture_fill(fixture->log, 5, 2);
    assert_ok(event_store_head(fixture->log, &before, NULL, &error));
    log_fixture_reopen(fixture);
    int64_t time_us;
    assert_ok(event_store_head(fixture->log, &after, &time_us, &error));
    assert_string_equal(id.at, event_store_log_id(fixture->log));
    assert_string_equal(id.at, after.log_id);
    assert_int_equal(after.position, 5);
    assert_int_equal(time_us, 1000004);
    assert_memory_equal(before.hash, after.hash, EVENT_HASH_BYTES);
}

static void a_second_writer_is_refused_and_told_who_holds_the_log(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *second = NULL;
    struct error error = {0};
    char pid[32];
    assert_int_equal(own_log_open(fixture->directory, EVENT_STORE_WRITE, &second, &error),
                     ERR_LOCKED);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_text_contains(error.text, "annal commands");
    assert_text_contains(error.text, pid);
}

static void a_reader_finds_no_log_before_it_is_made(void **state)
{
    (void)state;
    const char *directory = test_directory_make();
    struct event_store *log = NULL;
    assert_err(ERR_NOT_FOUND, own_log_open(directory, EVENT_STORE_READ, &log, &error));
    test_directory_remove(directory);
}

static void a_log_of_a_newer_program_is_refused(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *log = NULL;
    assert_ok(db_execute(event_log_of(fixture->log)->db, "PRAGMA user_version = 99", &error));
    assert_err(ERR_DEFINITION, own_log_open(fixture->directory, EVENT_STORE_READ, &log, &error));
    event_store_close(fixture->log);
    fixture->log = NULL;
    assert_err(ERR_DEFINITION,
               own_log_open(fixture->directory, EVENT_STORE_WRITE, &fixture->log, &error));
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(append_numbers_positions_and_versions_without_a_gap),
        CLAIM(append_rejects_a_stale_expected_version),
        CLAIM(append_tells_a_stream_that_must_and_must_not_exist),
        CLAIM(a_rolled_back_append_leaves_no_trace),
        CLAIM(times_never_go_back),
        CLAIM(the_log_keeps_its_id_and_head_when_it_is_opened_again),
        CLAIM(a_second_writer_is_refused_and_told_who_holds_the_log),
        CLAIM(a_log_of_a_newer_program_is_refused),
        cmocka_unit_test(a_reader_finds_no_log_before_it_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
