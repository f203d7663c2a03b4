/* The log cannot be changed by accident in a sqlite3 shell: each statement here is rejected and changes
 * nothing. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"

#include "base/statement.h"
#include "event_store/event_verify.h"
#include "event_store/sqlite/event_log.h"

static void assert_refused(struct log_fixture *fixture, const char *sql, const char *because)
{
    AUTO(db) struct db *raw = log_edit_open(fixture->directory);
    for (int recursive = 0; recursive < 2; recursive++) {
        struct error error = {0};
        assert_ok(db_execute(
            raw, recursive ? "PRAGMA recursive_triggers = ON" : "PRAGMA recursive_triggers = OFF",
            &error));
        if (db_execute(raw, sql, &error) == OK)
            fail_msg("not rejected: %s", sql);
        assert_text_contains(error.text, because);
        assert_ok(db_begin(raw, &error)); /* fails inside a transaction */
        db_rollback(raw);
    }
    struct checkpoint head;
    assert_ok(event_verify(fixture->log, NULL, NULL, NULL, &head, &error));
    assert_int_equal(head.position, 6);
}

#define VALUES "1, 1000000, 'id', '{}', '{}', zeroblob(32))"
#define INTO   " INTO events (position, stream, version, type, time, id, data, meta, hash) VALUES "

static void events_cannot_be_changed(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    assert_refused(fixture, "UPDATE events SET data = '{}' WHERE position = 2", "never changed");
    assert_refused(fixture, "UPDATE OR REPLACE events SET position = 2 WHERE position = 3",
                   "never changed");
    assert_refused(fixture, "UPDATE OR IGNORE events SET hash = zeroblob(32)", "never changed");
    assert_refused(fixture, "DELETE FROM events WHERE position = 6", "never removed");
    assert_refused(fixture, "DELETE FROM events", "never removed");
}

static void only_annal_adds_events_and_streams(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    const char *because = "no such function: only_annal_appends";
    assert_refused(fixture, "INSERT" INTO "(7, 1, 4, " VALUES, because);
    assert_refused(fixture, "INSERT OR IGNORE" INTO "(9, 1, 4, " VALUES, because);
    assert_refused(fixture, "INSERT OR REPLACE" INTO "(3, 1, 4, " VALUES, because);
    /* The right position, but the stream and version of another event. */
    assert_refused(fixture, "REPLACE" INTO "(7, 1, 3, " VALUES, because);
    assert_refused(fixture,
                   "INSERT" INTO "(7, 1, 3, " VALUES
                   " ON CONFLICT (stream, version) DO UPDATE SET data = 'x'",
                   because);
    assert_refused(fixture, "INSERT INTO streams VALUES (3, 'thing', '3')", because);
    assert_refused(fixture, "REPLACE INTO streams VALUES (1, 'thing', 'other')", because);
}

static void names_and_the_log_id_cannot_be_changed(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    assert_refused(fixture, "UPDATE streams SET id = 'other'", "never changed");
    assert_refused(fixture, "DELETE FROM streams", "never removed");
    assert_ok(db_execute(event_log_of(fixture->log)->db,
                         "INSERT INTO stream_names VALUES ('thing', '1', 1)", &error));
    assert_refused(fixture, "UPDATE stream_names SET stream = 2", "never changed");
    assert_refused(fixture, "DELETE FROM stream_names", "never removed");
    assert_refused(fixture, "UPDATE types SET name = 'other'", "never changed");
    assert_refused(fixture, "DELETE FROM types", "never removed");
    assert_refused(fixture, "REPLACE INTO types VALUES (1, 'other')", "at the end");
    assert_refused(fixture, "REPLACE INTO types VALUES (3, 'thing.done.v1')", "at the end");
    assert_refused(fixture, "UPDATE log SET log_id = 'x'", "never changed");
    assert_refused(fixture, "DELETE FROM log", "never removed");
    assert_refused(fixture, "REPLACE INTO log VALUES (1, 'x')", "made once");
}

static void an_external_id_cannot_be_removed(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    assert_ok(db_execute(event_log_of(fixture->log)->db,
                         "INSERT INTO external_events VALUES ('s', 'i', 1)", &error));
    assert_refused(fixture, "UPDATE external_events SET position = 2", "never changed");
    assert_refused(fixture, "DELETE FROM external_events", "never removed");
    assert_refused(fixture, "REPLACE INTO external_events VALUES ('s', 'i', 2)", "added once");
}

static void a_stored_answer_has_only_values_that_an_answer_can_have(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    assert_ok(db_execute(event_log_of(fixture->log)->db,
                         "INSERT INTO idempotency_keys VALUES (1, 9, 'k', zeroblob(32), 'ok', 1, "
                         "'thing/1', 1, 1, '[]', 'c', '', '')",
                         &error));
    const char *because = "CHECK constraint failed";
    assert_refused(fixture, "UPDATE idempotency_keys SET expires = 9223372036854775807", because);
    assert_refused(fixture, "UPDATE idempotency_keys SET expires = -1", because);
    assert_refused(fixture, "UPDATE idempotency_keys SET version = -1", because);
    assert_refused(fixture, "UPDATE idempotency_keys SET position = -1", because);
    assert_refused(fixture, "UPDATE idempotency_keys SET correlation_id = hex(zeroblob(65))",
                   because);
}

static void the_view_shows_the_log_to_people(void **state)
{
    struct log_fixture *fixture = *state;
    log_fixture_fill(fixture->log, 6, 2);
    AUTO(db) struct db *raw = log_edit_open(fixture->directory);
    AUTO(statement) struct statement *rows = NULL;
    bool row;
    assert_ok(statement_prepare(
        raw, "SELECT stream, type, time, data, hash FROM event_log WHERE position = 4", &rows,
        &error));
    assert_ok(statement_step(rows, &row, &error));
    assert_true(row);
    assert_true(slice_is(statement_text(rows, 0), "thing/1"));
    assert_true(slice_is(statement_text(rows, 1), "thing.done.v1"));
    assert_true(slice_is(statement_text(rows, 2), "1970-01-01T00:00:01.000003Z"));
    assert_true(slice_is(statement_text(rows, 3), "{\"number\":4}"));
    assert_int_equal(statement_text(rows, 4).length, 64);
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(events_cannot_be_changed),
        CLAIM(only_annal_adds_events_and_streams),
        CLAIM(names_and_the_log_id_cannot_be_changed),
        CLAIM(an_external_id_cannot_be_removed),
        CLAIM(the_view_shows_the_log_to_people),
        CLAIM(a_stored_answer_has_only_values_that_an_answer_can_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
