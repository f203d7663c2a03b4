/* Every edit that does not recompute the chain is found, at its place. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include "event_store/event_verify.h"

#include <stdio.h>

/* Changes the file behind the log's back, triggers taken away, and verifies it anew. */
static void assert_found(const char *sql, int64_t at, const char *what)
{
    void *state;
    log_fixture_setup(&state);
    struct log_fixture *fixture = state;
    log_fixture_fill(fixture->log, 20, 4);
    event_store_close(fixture->log);
    fixture->log = NULL;
    struct db *raw = log_fixture_raw(fixture);
    assert_ok(
        db_execute(raw,
                   "DROP TRIGGER events_are_added_at_the_end;"
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

static void an_event_put_in_is_found(void **state)
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

static void an_untouched_log_is_verified_up_to_its_head(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head, expected;
    assert_ok(event_verify(fixture->log, NULL, NULL, NULL, &head, &error));
    assert_int_equal(head.position, 0);
    log_fixture_fill(fixture->log, 2500, 10);
    assert_ok(event_store_head(fixture->log, &expected, NULL, &error));
    assert_ok(event_verify(fixture->log, NULL, NULL, NULL, &head, &error));
    assert_int_equal(head.position, 2500);
    assert_memory_equal(head.hash, expected.hash, EVENT_HASH_BYTES);
    assert_string_equal(head.log_id, event_store_log_id(fixture->log));
}

static void what_was_kept_safe_is_compared(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head, expect = {.position = 7};
    log_fixture_fill(fixture->log, 20, 4);
    assert_ok(event_store_hash_at(fixture->log, 7, expect.hash, &error));
    assert_ok(event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.hash[5] ^= 1;
    assert_err(ERR_CORRUPT, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.hash[5] ^= 1;
    expect.position = 21; /* the log was cut off */
    assert_err(ERR_CORRUPT, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.position = 7;
    snprintf(expect.log_id, sizeof expect.log_id, "another");
    assert_err(ERR_OTHER_LOG, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
}

static void damage_behind_the_end_is_not_reported(void **state)
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

static bool stop_at_once(void *context, int64_t position, int64_t head)
{
    int64_t *seen = context;
    *seen = position;
    assert_int_equal(head, 2500);
    return false;
}

static void verifying_can_be_stopped(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head;
    int64_t seen = 0;
    log_fixture_fill(fixture->log, 2500, 10);
    assert_err(ERR_INTERRUPTED,
               event_verify(fixture->log, NULL, stop_at_once, &seen, &head, &error));
    assert_in_range(seen, 1, 2499);
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_changed_column_is_found),
        cmocka_unit_test(a_removed_event_is_found),
        cmocka_unit_test(an_event_put_in_is_found),
        CLAIM(an_untouched_log_is_verified_up_to_its_head),
        CLAIM(what_was_kept_safe_is_compared),
        CLAIM(damage_behind_the_end_is_not_reported),
        CLAIM(verifying_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
