/* The history of sagas that ended long ago is removed, in small steps. The sagas themselves stay, so
 * that they handle late events. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "sagas/saga_report.h"
#include "sagas/saga_turn.h"

#define DAY_US 86400000000LL

static int64_t count(const struct running_sagas *sagas, const char *sql)
{
    return running_sagas_count(sagas, "sagas.db", sql);
}

static void a_late_event_after_the_history_is_removed_is_still_compensated(void **state)
{
    struct running_sagas *sagas = *state;
    AUTO(json) json_t *saga = NULL;
    running_sagas_approval_timeout(sagas, 1);
    sagas->runner.keep_ended_us = 1;
    running_sagas_request(sagas, "L-1");
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "ended", "undone"));
    assert_int_equal(saga_process_stop(pid), 0);
    pid = saga_process_start(
        &sagas->runner); /* it removes histories at the start, then once a minute */
    wait_until(30, count(sagas, "SELECT count(*) FROM history") == 0);
    assert_ok(saga_report_show(sagas->data, "", "L-1", &saga, &error));
    assert_true(json_is_true(json_object_get(saga, "history_removed")));
    running_sagas_command(sagas, "shelf/B-1/hold", "{'loanId':'L-1','copies':2}");
    wait_until(30, running_sagas_events(sagas, "shelf.released.v1") == 2);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "ended", "undone"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_true(count(sagas, "SELECT count(*) FROM history") > 0); /* of the late event */
    assert_int_equal(count(sagas, "SELECT count(*) FROM sagas WHERE forgotten = 0"), 1);
    assert_int_equal(running_sagas_events(sagas, "loan.cancelled.v1"), 1);
}

static void only_the_history_of_ended_sagas_is_removed(void **state)
{
    struct running_sagas *sagas = *state;
    sagas->runner.keep_ended_us = 1;
    running_sagas_request(sagas, "L-1");
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    int64_t lines = count(sagas, "SELECT count(*) FROM history");
    assert_int_equal(saga_process_stop(pid), 0);
    pid = saga_process_start(&sagas->runner);
    running_sagas_request(sagas, "L-2"); /* once it waits, the runner has looked for histories */
    wait_until(30, running_sagas_saga_is(sagas, "L-2", "waiting", "await-approval"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_true(lines > 0);
    assert_true(count(sagas, "SELECT count(*) FROM history WHERE saga = 1") >= lines);
}

/* `number` ended sagas, the first at 1 day, the second at 2 days … */
static void end_sagas(struct saga_store *store, int number)
{
    assert_ok(saga_store_begin_at(store, &(struct checkpoint){0}, &error));
    assert_ok(saga_store_begin(store, &error));
    for (int i = 1; i <= number; i++) {
        AUTO(saga_row) struct saga_row row = {.version = 1, .phase = SAGA_ENDED};
        bool added = false;
        snprintf(row.saga, sizeof row.saga, "loan_handling");
        snprintf(row.id, sizeof row.id, "L-%d", i);
        row.facts = json_object();
        assert_ok(saga_store_add(store, &row, i * DAY_US, &added, &error));
        assert_true(added);
        saga_row_note(&row, "step", "ended: done");
        assert_ok(saga_store_save(store, &row, i * DAY_US, &error));
    }
}

static void histories_are_removed_in_small_steps_the_oldest_first(void **state)
{
    const char *data = test_directory_make();
    struct saga_store *store = NULL;
    int64_t next_us;
    (void)state;
    assert_ok(saga_store_open(data, "a test", &store, &error));
    end_sagas(store, 10);
    assert_ok(saga_store_forget(store, 6 * DAY_US, 3, &next_us, &error));
    assert_int_equal(next_us, 4 * DAY_US);
    assert_ok(saga_store_forget(store, 6 * DAY_US, 3, &next_us, &error));
    assert_int_equal(next_us, 6 * DAY_US);
    assert_ok(saga_store_forget(store, 6 * DAY_US, 3, &next_us, &error));
    assert_int_equal(next_us, 6 * DAY_US);
    assert_ok(saga_store_forget(store, 100 * DAY_US, 100, &next_us, &error));
    assert_int_equal(next_us, INT64_MAX);
    assert_int_equal(saga_store_count(store, SAGA_ENDED), 10);
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    test_directory_remove(data);
}

int main(void)
{
#define RUNNING(claim)                                                                             \
    cmocka_unit_test_setup_teardown(claim, running_sagas_setup, running_sagas_teardown)
    const struct CMUnitTest tests[] = {
        RUNNING(a_late_event_after_the_history_is_removed_is_still_compensated),
        RUNNING(only_the_history_of_ended_sagas_is_removed),
        cmocka_unit_test(histories_are_removed_in_small_steps_the_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
