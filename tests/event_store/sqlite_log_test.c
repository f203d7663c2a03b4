/* Claims about the SQLite file; event_store_conformance_test.c has those that hold for every engine. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"

#include "event_store/sqlite/event_log.h"

#include <stdio.h>
#include <unistd.h>

static void no_read_leaves_a_transaction_open(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 50, 3);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    struct read_limit few = {5, 1000};
    assert_ok(event_store_read_after(reader, 0, few, &batch, &error));
    assert_ok(event_store_read_stream(reader, slice_of("thing/1"), 1, READ_FORWARD, few, &batch,
                                      NULL, &error));
    assert_int_equal(log_fixture_head(reader), 50);
    /* TRUNCATE fails while a reader uses the WAL. */
    assert_ok(db_checkpoint(event_log_of(fixture->log)->db, &error));
}

static void no_new_log_is_made_beside_a_wal_that_was_left(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text path = {0}, away = {0}, wal = {0};
    struct event_store *log = NULL;
    text_printf(&path, "%s/" EVENT_LOG_FILE, fixture->directory);
    text_printf(&away, "%s.away", path.at);
    text_printf(&wal, "%s-wal", path.at);
    log_fixture_fill(fixture->log, 3, 1);
    event_store_close(fixture->log);
    fixture->log = NULL;
    assert_int_equal(rename(path.at, away.at), 0);
    test_file_write(wal.at, "frames");
    assert_err(ERR_OTHER_LOG, log_fixture_open(fixture, EVENT_STORE_WRITE, &log, &error));
    assert_int_equal(unlink(wal.at), 0);
    assert_int_equal(rename(away.at, path.at), 0);
    log_fixture_reopen(fixture);
    assert_int_equal(log_fixture_head(fixture->log), 3);
}

/* A writer that ends between creating the file and its first COMMIT leaves an empty file. */
static void an_empty_file_becomes_a_log_only_for_a_writer(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text path = {0};
    struct event_store *reader = NULL;
    text_printf(&path, "%s/" EVENT_LOG_FILE, fixture->directory);
    test_file_write(path.at, "");
    assert_err(ERR_NOT_FOUND, log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    log_fixture_reopen(fixture);
    assert_int_equal(log_fixture_head(fixture->log), 0);
}

/* It is opened neither for reading nor for writing, and not changed. */
static void a_log_of_another_schema_version_is_rejected_with_advice(void **state)
{
    struct log_fixture *fixture = *state;
    static const struct {
        int version;
        const char *says, *advice;
    } rows[] = {
        {1, "/events.db has schema version 1, this program needs version 3",
         "empty data directory"},
        {4, "/events.db has schema version 4, this program needs version 3", "use a newer annal"},
    };
    log_fixture_fill(fixture->log, 3, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(text) struct text sql = {0};
        text_printf(&sql, "PRAGMA user_version = %d", rows[i].version);
        assert_ok(db_execute(event_log_of(fixture->log)->db, sql.at, &error));
        event_store_close(fixture->log);
        fixture->log = NULL;
        for (int access = EVENT_STORE_READ; access <= EVENT_STORE_WRITE; access++) {
            struct event_store *log = NULL;
            struct error why = {0};
            assert_int_equal(log_fixture_open(fixture, (enum event_store_access)access, &log, &why),
                             ERR_DEFINITION);
            assert_text_contains(why.text, rows[i].says);
            assert_text_contains(why.text, rows[i].advice);
        }
        AUTO(text) struct text path = {0};
        AUTO(db) struct db *db = NULL;
        text_printf(&path, "%s/" EVENT_LOG_FILE, fixture->directory);
        assert_ok(db_open_writer(path.at, DB_EVENTS, DB_DURABLE, &db, &error));
        assert_ok(db_execute(db, "PRAGMA user_version = 3", &error));
        log_fixture_reopen(fixture);
        assert_int_equal(log_fixture_head(fixture->log), 3);
    }
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(no_read_leaves_a_transaction_open),
        CLAIM(no_new_log_is_made_beside_a_wal_that_was_left),
        CLAIM(a_log_of_another_schema_version_is_rejected_with_advice),
        cmocka_unit_test_setup_teardown(an_empty_file_becomes_a_log_only_for_a_writer,
                                        log_fixture_prepare, log_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
