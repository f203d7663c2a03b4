/* sagas.db is lost while sagas are in every phase: `--from 0` puts them together again out of the
 * log, and no command is doubled. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "base/file.h"
#include "base/json.h"
#include "sagas/saga_report.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* What the domain has in the log: what a doubled command would add to. */
static int64_t domain_events(const struct running_shop *shop)
{
    return running_shop_count(shop, "events.db",
                              "SELECT count(*) FROM event_log WHERE stream NOT LIKE 'saga/%'");
}

static int64_t head(const struct running_shop *shop)
{
    return running_shop_count(shop, "events.db", "SELECT max(position) FROM events");
}

static bool has_caught_up(const struct running_shop *shop)
{
    return running_shop_count(shop, "sagas.db", "SELECT position FROM runner") == head(shop) &&
           running_shop_count(shop, "sagas.db", "SELECT count(*) FROM outbox") == 0 &&
           running_shop_count(shop, "sagas.db", "SELECT count(*) FROM sagas WHERE due = 1") == 0;
}

static void lose_the_store(const struct running_shop *shop)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/sagas.db%s", shop->data, ends[i]);
        unlink(path.at);
    }
}

static void pay(const struct running_shop *shop, const char *id)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "payment/%s/complete", id);
    running_shop_command(shop, path.at, "{'reference':'R-1'}");
}

/* Dies when the next command is to be sent: that saga is then running. */
static void die(void *context, enum saga_point point)
{
    (void)context;
    if (point == SAGA_POINT_SENDING)
        kill(getpid(), SIGKILL);
}

static const struct {
    const char *id, *phase, *step;
} ways[] = {
    {"DONE", "ended", "done"},
    {"UNDONE", "ended", "compensated"},
    {"UNPAID", "waiting", "await-payment"},
    {"PAID", "waiting", "await-shipment"},
    {"STUCK", "stuck", "compensated"},
};
#define WAYS (sizeof ways / sizeof *ways)

static void go_all_ways(struct running_shop *shop)
{
    for (size_t i = 0; i < WAYS; i++)
        running_shop_place(shop, ways[i].id);
    wait_until(30, running_shop_count(shop, "sagas.db",
                                      "SELECT count(*) FROM sagas WHERE step = 'await-payment'") ==
                       WAYS);
    pay(shop, "DONE");
    pay(shop, "PAID");
    running_shop_command(shop, "payment/UNDONE/fail", "{'reason':'no cover'}");
    running_shop_command(shop, "order/STUCK/record-payment", "{'amount':500,'currency':'EUR'}");
    wait_until(30, running_shop_saga_is(shop, "DONE", "waiting", "await-shipment"));
    wait_until(30, running_shop_saga_is(shop, "STUCK", "waiting", "await-shipment"));
    running_shop_command(shop, "order/DONE/ship", "{'carrier':'Post'}");
    running_shop_command(shop, "order/STUCK/cancel", "{'reason':'changed my mind'}");
    for (size_t i = 0; i < WAYS; i++)
        wait_until(30, running_shop_saga_is(shop, ways[i].id, ways[i].phase, ways[i].step));
    wait_until(30, has_caught_up(shop));
}

static void check_all_ways(const struct running_shop *shop)
{
    for (size_t i = 0; i < WAYS; i++)
        if (!running_shop_saga_is(shop, ways[i].id, ways[i].phase, ways[i].step))
            fail_msg("%s is not %s, %s", ways[i].id, ways[i].phase, ways[i].step);
}

static void sagas_in_every_phase_come_back_and_nothing_is_doubled(void **state)
{
    struct running_shop *shop = *state;
    pid_t pid = saga_process_start(&shop->runner);
    go_all_ways(shop);
    assert_int_equal(saga_process_stop(pid), 0);
    int64_t before = domain_events(shop);
    lose_the_store(shop);
    pid = saga_process_start(&shop->runner);
    wait_until(30, has_caught_up(shop));
    check_all_ways(shop);
    assert_int_equal(domain_events(shop), before);
    pay(shop, "UNPAID"); /* and all of them go on */
    wait_until(30, running_shop_saga_is(shop, "UNPAID", "waiting", "await-shipment"));
    running_shop_command(shop, "order/UNPAID/ship", "{'carrier':'Post'}");
    running_shop_command(shop, "order/PAID/cancel", "{'reason':'changed my mind'}");
    wait_until(30, running_shop_saga_is(shop, "UNPAID", "ended", "done"));
    wait_until(30, running_shop_saga_is(shop, "PAID", "ended", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(running_shop_events(shop, "inventory.reserved.v1"), WAYS);
    assert_int_equal(running_shop_events(shop, "inventory.shipped.v1"), 2);
    assert_int_equal(running_shop_events(shop, "inventory.released.v1"), 3);
    assert_int_equal(running_shop_events(shop, "payment.refunded.v1"), 1);
}

/* Running: killed when its first command was to leave. */
static void a_saga_that_ran_goes_on_where_the_log_says(void **state)
{
    struct running_shop *shop = *state;
    running_shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    assert_int_equal(saga_process_stop(pid), 0);
    running_shop_place(shop, "O-2");
    shop->runner.at = die;
    assert_int_equal(saga_process_join(saga_process_start(&shop->runner), NULL), -1);
    assert_true(running_shop_saga_is(shop, "O-2", "running", "reserve-stock"));
    lose_the_store(shop);
    shop->runner.at = NULL;
    pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    wait_until(30, running_shop_saga_is(shop, "O-2", "waiting", "await-payment"));
    wait_until(30, has_caught_up(shop));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(running_shop_events(shop, "inventory.reserved.v1"), 2);
    assert_int_equal(running_shop_events(shop, "payment.requested.v1"), 2);
}

/* ---- a store that is not lost ---- */

static void start_and_stop(const struct running_shop *shop, int64_t position)
{
    struct annal_process saga;
    annal_start(&saga, shop->data,
                (const char *[]){"saga", "--to", shop->url, "--from", "1", NULL});
    wait_until(30, running_shop_count(shop, "sagas.db", "SELECT position FROM runner") >= position);
    assert_int_equal(annal_stop(&saga, 30), 0);
}

static bool was_said(const struct running_shop *shop, const char *part)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text said = {0};
    text_printf(&path, "%s/test.log", shop->data);
    assert_ok(file_read(path.at, 1 << 20, &said, &error));
    return strstr(said.at, part) != NULL;
}

static void from_says_nothing_to_a_store_that_is_there_and_that_is_told(void **state)
{
    struct running_shop *shop = *state;
    start_and_stop(shop, 1);
    assert_false(was_said(shop, "--from"));
    running_shop_command(shop, "inventory/P-1/receive", "{'quantity':1}");
    start_and_stop(shop, 2);
    assert_true(was_said(shop, "--from ignored: sagas.db exists and continues after position 1"));
}

int main(void)
{
#define IN_A_SHOP(claim)                                                                           \
    cmocka_unit_test_setup_teardown(claim, running_shop_setup, running_shop_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_SHOP(sagas_in_every_phase_come_back_and_nothing_is_doubled),
        IN_A_SHOP(a_saga_that_ran_goes_on_where_the_log_says),
        IN_A_SHOP(from_says_nothing_to_a_store_that_is_there_and_that_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
