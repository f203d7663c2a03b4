/* Timers keep their duration when the clock is set, fire once whenever the process dies, and cost
 * nothing while they wait. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "base/clock.h"
#include "sagas/saga_statements.h"
#include "sagas/saga_store.h"

#include <signal.h>
#include <stdio.h>

#define HOUR_US   3600000000LL
#define TIMEOUT_S 3

/* ---- the clock is set ---- */

static int64_t step_us;

static void set_the_clock(int signal)
{
    (void)signal;
    clock_step_for_test(step_us);
}

/* When a line with this text was written into the history of the only saga; 0: not yet. */
static int64_t written_at_us(const struct running_sagas *sagas, const char *line)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT coalesce(max(at_us), 0) FROM history WHERE lines LIKE '%%%s%%'",
                line);
    return running_sagas_count(sagas, "sagas.db", sql.at);
}

static int64_t wakes_us(const struct running_sagas *sagas)
{
    return running_sagas_count(sagas, "sagas.db", "SELECT wakes_us FROM sagas");
}

/* Sets the clock while the saga waits for an approval. */
static void wait_with_a_step(struct running_sagas *sagas, int64_t by_us)
{
    step_us = by_us;
    signal(SIGUSR1, set_the_clock);
    running_sagas_approval_timeout(sagas, TIMEOUT_S);
    running_sagas_request(sagas, "L-1");
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, wakes_us(sagas) > 0);
    int64_t before_us = wakes_us(sagas);
    kill(pid, SIGUSR1);
    wait_until(30, wakes_us(sagas) != before_us);
    int64_t moved_us = wakes_us(sagas) - before_us;
    assert_true(moved_us > by_us - 1000000 && moved_us < by_us + 1000000);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "ended", "undone"));
    assert_int_equal(saga_process_stop(pid), 0);
    int64_t waited_us =
        written_at_us(sagas, "timer\t") - written_at_us(sagas, "waiting: await-approval");
    assert_true(waited_us >= TIMEOUT_S * 1000000 + moved_us);
    assert_true(waited_us < 60000000 + moved_us);
}

static void a_clock_set_forward_does_not_end_a_wait(void **state)
{
    wait_with_a_step(*state, HOUR_US);
}

static void a_clock_set_back_does_not_prolong_a_wait(void **state)
{
    wait_with_a_step(*state, -HOUR_US);
}

/* ---- the process dies ---- */

static bool dies_before_commit, dies_after_commit, has_fired;

static void maybe_die(void *context, enum saga_point point)
{
    (void)context;
    has_fired |= point == SAGA_POINT_FIRING;
    if ((dies_before_commit && point == SAGA_POINT_FIRING) ||
        (dies_after_commit && has_fired && point == SAGA_POINT_COMMITTED))
        kill(getpid(), SIGKILL);
}

static void a_timer_fires_once_whenever_the_process_dies(void **state)
{
    struct running_sagas *sagas = *state;
    running_sagas_approval_timeout(sagas, 1);
    sagas->runner.at = maybe_die;
    running_sagas_request(sagas, "L-1");
    dies_before_commit = true; /* the timer has fired, and that is not committed */
    assert_int_equal(saga_process_join(saga_process_start(&sagas->runner), NULL), -1);
    assert_true(running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    dies_before_commit = false;
    dies_after_commit = true; /* it is committed, and no message that follows was sent */
    assert_int_equal(saga_process_join(saga_process_start(&sagas->runner), NULL), -1);
    assert_int_equal(wakes_us(sagas), 0);
    dies_after_commit = false;
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "ended", "undone"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(
        running_sagas_count(sagas, "sagas.db",
                            "SELECT count(*) FROM history WHERE lines LIKE '%timer\t%'"),
        1);
    assert_int_equal(running_sagas_events(sagas, "shelf.released.v1"), 1);
    assert_int_equal(running_sagas_events(sagas, "loan.cancelled.v1"), 1);
}

/* ---- many of them ---- */

static void the_first_of_a_million_timers_is_found_by_the_index(void **state)
{
    const char *data = test_directory_make();
    struct saga_store *store = NULL;
    AUTO(db) struct db *db = NULL;
    AUTO(statement) struct statement *plan = NULL;
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    bool row = false;
    (void)state;
    assert_ok(saga_store_open(data, "a test", &store, &error));
    saga_store_close(store);
    text_printf(&path, "%s/sagas.db", data);
    assert_ok(db_open_reader(path.at, DB_SAGAS, &db, &error));
    text_printf(&sql, "EXPLAIN QUERY PLAN %s", saga_statements[SAGA_STATEMENT_TIMER_NEXT].text);
    assert_ok(statement_prepare(db, sql.at, &plan, &error));
    assert_ok(statement_step(plan, &row, &error));
    assert_true(row);
    assert_text_contains(statement_text(plan, 3).at, "INDEX sagas_by_timer");
    assert_ok(statement_step(plan, &row, &error)); /* and no sort step follows */
    assert_false(row);
    test_directory_remove(data);
}

int main(void)
{
#define RUNNING(claim)                                                                             \
    cmocka_unit_test_setup_teardown(claim, running_sagas_setup, running_sagas_teardown)
    const struct CMUnitTest tests[] = {
        RUNNING(a_clock_set_forward_does_not_end_a_wait),
        RUNNING(a_clock_set_back_does_not_prolong_a_wait),
        RUNNING(a_timer_fires_once_whenever_the_process_dies),
        cmocka_unit_test(the_first_of_a_million_timers_is_found_by_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
