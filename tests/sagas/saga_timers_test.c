/* Timers: they are so long after they were set whatever becomes of the clock, fire once whenever
 * the process dies, and cost nothing while they wait. */
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

/* When a line of that kind was written into the only saga's history; 0: not yet. */
static int64_t told_at_us(const struct running_shop *shop, const char *line)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT coalesce(max(at_us), 0) FROM history WHERE lines LIKE '%%%s%%'",
                line);
    return running_shop_count(shop, "sagas.db", sql.at);
}

static int64_t wakes_us(const struct running_shop *shop)
{
    return running_shop_count(shop, "sagas.db", "SELECT wakes_us FROM sagas");
}

/* Sets the clock while a payment is waited for. */
static void wait_with_a_step(struct running_shop *shop, int64_t by_us)
{
    step_us = by_us;
    signal(SIGUSR1, set_the_clock);
    running_shop_payment_timeout(shop, TIMEOUT_S);
    running_shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, wakes_us(shop) > 0);
    int64_t before_us = wakes_us(shop);
    kill(pid, SIGUSR1);
    wait_until(30, wakes_us(shop) != before_us);
    int64_t moved_us = wakes_us(shop) - before_us;
    assert_true(moved_us > by_us - 1000000 && moved_us < by_us + 1000000);
    wait_until(30, running_shop_saga_is(shop, "O-1", "ended", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
    int64_t waited_us = told_at_us(shop, "timer\t") - told_at_us(shop, "waiting: await-payment");
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

static bool dies_before, dies_behind, has_fired;

static void maybe_die(void *context, enum saga_point point)
{
    (void)context;
    has_fired |= point == SAGA_POINT_FIRING;
    if ((dies_before && point == SAGA_POINT_FIRING) ||
        (dies_behind && has_fired && point == SAGA_POINT_COMMITTED))
        kill(getpid(), SIGKILL);
}

static void a_timer_fires_once_whenever_the_process_dies(void **state)
{
    struct running_shop *shop = *state;
    running_shop_payment_timeout(shop, 1);
    shop->runner.at = maybe_die;
    running_shop_place(shop, "O-1");
    dies_before = true; /* it is fired, and that is not committed */
    assert_int_equal(saga_process_join(saga_process_start(&shop->runner), NULL), -1);
    assert_true(running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    dies_before = false;
    dies_behind = true; /* it is committed, and nothing of what follows has been sent */
    assert_int_equal(saga_process_join(saga_process_start(&shop->runner), NULL), -1);
    assert_int_equal(wakes_us(shop), 0);
    dies_behind = false;
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "ended", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(
        running_shop_count(shop, "sagas.db",
                           "SELECT count(*) FROM history WHERE lines LIKE '%timer\t%'"),
        1);
    assert_int_equal(running_shop_events(shop, "inventory.released.v1"), 1);
    assert_int_equal(running_shop_events(shop, "order.cancelled.v1"), 1);
}

/* ---- many of them ---- */

static void the_first_of_a_million_timers_is_found_by_the_index(void **state)
{
    const char *data = test_directory_make();
    struct saga_store *store = NULL;
    AUTO(db) struct db *db = NULL;
    AUTO(statement) struct statement *decision = NULL;
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    bool row = false;
    (void)state;
    assert_ok(saga_store_open(data, "a test", &store, &error));
    saga_store_close(store);
    text_printf(&path, "%s/sagas.db", data);
    assert_ok(db_open_reader(path.at, DB_SAGAS, &db, &error));
    text_printf(&sql, "EXPLAIN QUERY PLAN %s", saga_statements[SAGA_STATEMENT_TIMER_NEXT].text);
    assert_ok(statement_prepare(db, sql.at, &decision, &error));
    assert_ok(statement_step(decision, &row, &error));
    assert_true(row);
    assert_text_contains(statement_text(decision, 3).at, "INDEX sagas_by_timer");
    assert_ok(statement_step(decision, &row, &error)); /* and nothing is sorted */
    assert_false(row);
    test_directory_remove(data);
}

int main(void)
{
#define IN_A_SHOP(claim)                                                                           \
    cmocka_unit_test_setup_teardown(claim, running_shop_setup, running_shop_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_SHOP(a_clock_set_forward_does_not_end_a_wait),
        IN_A_SHOP(a_clock_set_back_does_not_prolong_a_wait),
        IN_A_SHOP(a_timer_fires_once_whenever_the_process_dies),
        cmocka_unit_test(the_first_of_a_million_timers_is_found_by_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
