/* The runner's work between two transactions of events, without a runner. */
#include "tests/domain/lending.h"
#include "tests/sagas/stored_sagas.h"

#include "base/wake.h"
#include "sagas/saga_work.h"

#include <unistd.h>

static int wake_fd;
static struct saga_session session;
static struct saga_work work;

static int begin(void **state)
{
    stored_sagas_setup(state);
    session = (struct saga_session){0};
    saga_session_init(&session, lending.sagas, NULL);
    session.turns.store = stored_sagas_open();
    assert_ok(wake_open(&wake_fd, &error));
    assert_ok(dispatcher_start(&(struct dispatcher_options){.base_url = "http://127.0.0.1:1",
                                                            .data_directory = stored_sagas_data(),
                                                            .key_lifetime_us = 1000000,
                                                            .wake_fd = wake_fd},
                               &session.dispatcher, &error));
    saga_work_init(&work, &session, wake_fd, 0);
    return 0;
}

static int end(void **state)
{
    saga_session_finish(&session);
    saga_work_finish(&work);
    close(wake_fd);
    return stored_sagas_teardown(state);
}

/* While the runner catches up: the saga evolves, and decides later. */
static void begin_saga(const char *id)
{
    AUTO(saga_row)
    struct saga_row row = stored_sagas_row("loan_handling", id, stored_sagas_loan());
    assert_ok(saga_session_begin(&session, &error));
    assert_ok(saga_turn_begin(&session.turns, &row, "requested", &error));
    assert_ok(saga_session_commit(&session, NULL, &error));
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas WHERE due = 1"), 1);
}

static void execute(const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/" SAGA_STORE_FILE, stored_sagas_data());
    assert_ok(db_open_writer(path.at, DB_SAGAS, DB_ORDERED, &db, &error));
    assert_ok(db_execute(db, sql, &error));
}

static void sagas_decide_after_a_commit_that_failed(void **state)
{
    (void)state;
    begin_saga("L-1");
    execute("CREATE TRIGGER fault BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'fault'); END");
    assert_err(ERR_POISON, saga_work_run(&work, &error)); /* when the commit marks what may leave */
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas WHERE due = 1"), 1);
    execute("DROP TRIGGER fault");
    assert_ok(saga_work_run(&work, &error));
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas WHERE due = 1"), 0);
    assert_true(stored_sagas_count("SELECT count(*) FROM outbox") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sagas_decide_after_a_commit_that_failed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
