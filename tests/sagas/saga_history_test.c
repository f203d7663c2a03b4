/* The history of sagas that ended long ago is removed, in small steps; the sagas are not, so that
 * what comes late is still known. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "sagas/saga_report.h"
#include "sagas/saga_turn.h"

#define DAY_US 86400000000LL

static int64_t count(const struct running_shop *shop, const char *sql)
{
    return running_shop_count(shop, "sagas.db", sql);
}

static void a_payment_after_the_history_is_gone_is_still_refunded(void **state)
{
    struct running_shop *shop = *state;
    AUTO(json) json_t *saga = NULL;
    running_shop_payment_timeout(shop, 1);
    shop->runner.keep_ended_us = 1;
    running_shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "ended", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
    pid = saga_process_start(&shop->runner); /* it looks when it starts, and then now and then */
    wait_until(30, count(shop, "SELECT count(*) FROM history") == 0);
    assert_ok(saga_report_show(shop->data, "", "O-1", &saga, &error));
    assert_true(json_is_true(json_object_get(saga, "history_removed")));
    running_shop_command(shop, "payment/O-1/complete", "{'reference':'R-1'}");
    wait_until(30, running_shop_events(shop, "payment.refunded.v1") == 1);
    wait_until(30, running_shop_saga_is(shop, "O-1", "ended", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_true(count(shop, "SELECT count(*) FROM history") > 0); /* it has one again */
    assert_int_equal(count(shop, "SELECT count(*) FROM sagas WHERE forgotten = 0"), 1);
    assert_int_equal(running_shop_events(shop, "order.cancelled.v1"), 1);
}

static void only_what_has_ended_is_forgotten(void **state)
{
    struct running_shop *shop = *state;
    shop->runner.keep_ended_us = 1;
    running_shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    int64_t lines = count(shop, "SELECT count(*) FROM history");
    assert_int_equal(saga_process_stop(pid), 0);
    pid = saga_process_start(&shop->runner);
    running_shop_place(shop, "O-2"); /* when that has gone its way, the runner has looked */
    wait_until(30, running_shop_saga_is(shop, "O-2", "waiting", "await-payment"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_true(lines > 0);
    assert_true(count(shop, "SELECT count(*) FROM history WHERE saga = 1") >= lines);
}

/* `number` ended sagas, the first at 1 day, the second at 2 days … */
static void end_sagas(struct saga_store *store, int number)
{
    assert_ok(saga_store_begin_at(store, &(struct checkpoint){0}, &error));
    assert_ok(saga_store_begin(store, &error));
    for (int i = 1; i <= number; i++) {
        AUTO(saga_row) struct saga_row row = {.version = 1, .phase = SAGA_ENDED};
        bool added = false;
        snprintf(row.saga, sizeof row.saga, "order_fulfilment");
        snprintf(row.id, sizeof row.id, "O-%d", i);
        row.facts = json_object();
        assert_ok(saga_store_add(store, &row, i * DAY_US, &added, &error));
        assert_true(added);
        saga_row_note(&row, "step", "ended: done");
        assert_ok(saga_store_save(store, &row, i * DAY_US, &error));
    }
}

static void it_goes_in_small_steps_the_oldest_first(void **state)
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
#define IN_A_SHOP(claim)                                                                           \
    cmocka_unit_test_setup_teardown(claim, running_shop_setup, running_shop_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_SHOP(a_payment_after_the_history_is_gone_is_still_refunded),
        IN_A_SHOP(only_what_has_ended_is_forgotten),
        cmocka_unit_test(it_goes_in_small_steps_the_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
