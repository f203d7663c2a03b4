/* kill -9 of projectors and of the broker under load, queues purged and deleted, a memory alarm,
 * data that is gone while the broker keeps its queues: every read model still equals a rebuild. */
#include "tests/support/annal_process.h"
#include "tests/support/load.h"
#include "tests/support/own_broker.h"

#include <stdio.h>

struct house {
    const char *data;
    struct annal_process commands, projectors[2];
    char listen[64];
    struct load *load;
};

static struct own_broker broker;

static void start_projectors(struct house *house, int which)
{
    static const char *const models[2][6] = {
        {"projector", "order_summary", "order_history", "customer_orders", NULL},
        {"projector", "product_sales", "stock_levels", "daily_sales", "fulfilment", NULL},
    };
    const char *words[9] = {0};
    size_t count = 0;
    for (; models[which][count]; count++)
        words[count] = models[which][count];
    words[count++] = "--bus";
    words[count] = broker.url;
    annal_start(&house->projectors[which], house->data, words);
}

static void start_commands(struct house *house, const char *listen)
{
    annal_start(
        &house->commands, house->data,
        (const char *[]){"commands", "--commands-listen", listen, "--bus", broker.url, NULL});
    snprintf(house->listen, sizeof house->listen, "%s", annal_address(&house->commands, NULL));
}

static int begin(void **state)
{
    struct house *house = calloc(1, sizeof *house);
    house->data = test_directory_make();
    start_commands(house, "127.0.0.1:0");
    start_projectors(house, 0);
    start_projectors(house, 1);
    house->load = load_start(house->listen, 4, 5);
    *state = house;
    return 0;
}

/* What every claim ends with. */
static void check(struct house *house)
{
    load_stop(house->load);
    annal_wait_caught_up(house->data, 90);
    load_check(house->load, house->listen, house->data);
    annal_check_everything(house->data);
}

static int end(void **state)
{
    struct house *house = *state;
    assert_int_equal(annal_stop(&house->projectors[0], 30), 0);
    assert_int_equal(annal_stop(&house->projectors[1], 30), 0);
    assert_int_equal(annal_stop(&house->commands, 30), 0);
    load_destroy(house->load);
    test_directory_remove(house->data);
    free(house);
    return 0;
}

static void wait_for_more(struct house *house, int64_t commands)
{
    int64_t before = load_answered(house->load);
    wait_until(90, load_answered(house->load) >= before + commands);
}

static void projectors_killed_under_load_go_on_where_they_were(void **state)
{
    struct house *house = *state;
    for (int i = 0; i < 6; i++) {
        wait_for_more(house, 60);
        annal_kill(&house->projectors[i % 2]);
        wait_for_more(house, 30);
        start_projectors(house, i % 2);
    }
    check(house);
}

static void the_broker_killed_under_load_is_found_again(void **state)
{
    struct house *house = *state;
    for (int i = 0; i < 2; i++) {
        wait_for_more(house, 60);
        own_broker_kill(&broker);
        wait_for_more(house, 100); /* commands succeed while it is down */
        own_broker_start_again(&broker);
    }
    wait_for_more(house, 60);
    check(house);
}

static void queues_purged_and_deleted_are_filled_from_the_log(void **state)
{
    struct house *house = *state;
    wait_for_more(house, 60);
    own_broker_ctl(&broker, (const char *[]){"purge_queue", "annal.order_summary", NULL});
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.daily_sales", NULL});
    wait_for_more(house, 60);
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.order_summary", NULL});
    check(house);
}

static void a_memory_alarm_stops_no_command_and_loses_nothing(void **state)
{
    struct house *house = *state;
    wait_for_more(house, 60);
    own_broker_ctl(&broker, (const char *[]){"set_vm_memory_high_watermark", "0.000001", NULL});
    wait_for_more(house, 200);
    own_broker_ctl(&broker,
                   (const char *[]){"set_vm_memory_high_watermark", "absolute", "1GB", NULL});
    wait_for_more(house, 60);
    check(house);
}

static void a_new_log_beside_the_old_queues_is_its_own(void **state)
{
    struct house *house = *state;
    wait_for_more(house, 100);
    load_stop(house->load);
    annal_kill(&house->projectors[0]); /* with messages left in its queues */
    annal_kill(&house->projectors[1]);
    assert_int_equal(annal_stop(&house->commands, 30), 0);
    load_destroy(house->load);
    test_directory_remove(house->data);
    house->data = test_directory_make();
    start_commands(house, "127.0.0.1:0");
    start_projectors(house, 0);
    start_projectors(house, 1);
    house->load = load_start(house->listen, 4, 5);
    wait_for_more(house, 100);
    check(house);
}

static int begin_broker(void **state)
{
    (void)state;
    own_broker_start(&broker);
    return 0;
}

static int end_broker(void **state)
{
    (void)state;
    own_broker_stop(&broker);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(projectors_killed_under_load_go_on_where_they_were, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_broker_killed_under_load_is_found_again, begin, end),
        cmocka_unit_test_setup_teardown(queues_purged_and_deleted_are_filled_from_the_log, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_memory_alarm_stops_no_command_and_loses_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_new_log_beside_the_old_queues_is_its_own, begin, end),
    };
    return cmocka_run_group_tests(tests, begin_broker, end_broker);
}
