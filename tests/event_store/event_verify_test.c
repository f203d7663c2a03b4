/* Every edit of the SQLite file that does not recompute the chain is found, at its position. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include "base/db.h"
#include "event_store/event_verify.h"

#define ALL ((struct read_limit){1000, 1000000})

/* Changes the file directly, with the triggers removed, and verifies it again. */
static void assert_found(const char *sql, int64_t at, const char *what)
{
    void *state = NULL;
    log_fixture_setup(&state);
    struct log_fixture *fixture = state;
    log_fixture_fill(fixture->log, 20, 4);
    event_store_close(fixture->log);
    fixture->log = NULL;
    struct db *raw = log_edit_open(fixture->directory);
    assert_ok(
        db_execute(raw,
                   "DROP TRIGGER events_are_added_by_annal;"
                   "DROP TRIGGER events_are_never_changed;"
                   "DROP TRIGGER events_are_never_removed;"
                   "DROP TRIGGER streams_are_never_changed;"
                   "DROP TRIGGER types_are_never_changed; DROP TRIGGER types_are_never_removed",
                   &error));
    assert_ok(db_execute(raw, sql, &error));
    db_close(raw);
    struct checkpoint head;
    struct error error = {0};
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &fixture->log, &error));
    enum err err = event_verify(fixture->log, NULL, NULL, NULL, &head, &error);
    if (err != ERR_CORRUPT)
        fail_msg("not found (%d %s): %s", err, error.text, sql);
    AUTO(text) struct text where = {0};
    text_printf(&where, "position %lld:", (long long)at);
    assert_text_contains(error.text, where.at);
    assert_text_contains(error.text, what);
    log_fixture_teardown(&state);
}

static void each_changed_column_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE events SET data = '{\"number\":8 }' WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET meta = '{\"a\":1}' WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET id = 'other' WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET time = time + 1 WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET type = 1 WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET stream = 9 - stream WHERE position = 8", 8, "no name");
    assert_found("UPDATE events SET stream = 2, version = 99 WHERE position = 8", 8, "hash");
    assert_found("UPDATE events SET version = 77 WHERE position = 20", 20, "");
    assert_found("UPDATE events SET hash = zeroblob(32) WHERE position = 8", 8, "hash");
    assert_found("UPDATE streams SET id = 'x' WHERE stream = 4", 4, "hash");
    assert_found("UPDATE types SET name = 'x' WHERE type = 2", 2, "hash");
    assert_found("DELETE FROM types WHERE type = 2", 2, "no name");
}

static void a_removed_event_is_found(void **state)
{
    (void)state;
    assert_found("DELETE FROM events WHERE position = 8", 8, "missing");
    assert_found("DELETE FROM events WHERE position = 1", 1, "missing");
}

static void an_inserted_event_is_found(void **state)
{
    (void)state;
    assert_found("INSERT INTO events SELECT 21, stream, version + 1, type, time, id, data, meta, "
                 "hash FROM events WHERE position = 20",
                 21, "hash");
    assert_found("UPDATE events SET position = 100 WHERE position = 10;"
                 "UPDATE events SET position = 10 WHERE position = 11;"
                 "UPDATE events SET position = 11 WHERE position = 100",
                 10, "hash");
}

static void damage_after_the_requested_end_is_not_reported(void **state)
{
    struct log_fixture *fixture = *state;
    struct verified verified = {0};
    size_t count = 0;
    log_fixture_fill(fixture->log, 6, 4);
    log_edit_event(fixture->directory, 4);
    assert_ok(event_verify_next(fixture->log, 3, &verified, &count, &error));
    assert_int_equal(count, 3);
    assert_ok(event_verify_next(fixture->log, 3, &verified, &count, &error));
    assert_int_equal(count, 0);
    assert_err(ERR_CORRUPT, event_verify_next(fixture->log, 4, &verified, &count, &error));
}

static void an_edited_event_is_not_returned(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 20, 2);
    log_edit_event(fixture->directory, 8);
    assert_err(ERR_CORRUPT, event_store_read_after(fixture->log, 0, ALL, &batch, &error));
    assert_int_equal(batch.count, 7); /* the events before it are unchanged */
    assert_err(ERR_CORRUPT, event_store_read_after(fixture->log, 7, ALL, &batch, &error));
    assert_ok(event_store_read_after(fixture->log, 8, ALL, &batch, &error));
    assert_err(ERR_CORRUPT, event_store_read_stream(fixture->log, slice_of("thing/1"), 1,
                                                    READ_FORWARD, ALL, &batch, NULL, &error));
    assert_err(ERR_CORRUPT, event_store_read_stream(fixture->log, slice_of("thing/1"), 4,
                                                    READ_BACKWARD, ALL, &batch, NULL, &error));
    assert_ok(event_store_read_stream(fixture->log, slice_of("thing/1"), 5, READ_FORWARD, ALL,
                                      &batch, NULL, &error));
    assert_ok(event_store_read_stream(fixture->log, slice_of("thing/0"), 1, READ_FORWARD, ALL,
                                      &batch, NULL, &error));
    assert_int_equal(batch.count, 10);
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_changed_column_is_found),
        cmocka_unit_test(a_removed_event_is_found),
        cmocka_unit_test(an_inserted_event_is_found),
        CLAIM(an_edited_event_is_not_returned),
        CLAIM(damage_after_the_requested_end_is_not_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
