/* kill -9 of projectors and of the broker under load, queues purged and deleted, a memory alarm,
 * data that is gone while the broker keeps its queues, messages of a hostile publisher: every read
 * model still equals a rebuild. */
#include "tests/support/annal_process.h"
#include "tests/support/load.h"
#include "tests/support/own_broker.h"
#include "tests/support/own_log.h"

#include "base/json.h"
#include "bus/log_message.h"
#include "bus/topology.h"
#include "event_store/event_store.h"

#include <stdio.h>

/* 4 clients send about 200 commands a second on any machine: enough load for the kills. Afterwards the
 * test checks each event that was sent. */
#define LOAD_PAUSE_MS 20

struct house {
    const char *data;
    struct annal_process commands, projectors[2];
    char listen[64];
    struct load *load;
};

static struct own_broker broker;

static void start_projectors(struct house *house, int which)
{
    static const char *const models[2][4] = {
        {"projector", "loans", "branch_loans", NULL},
        {"projector", "loan_books", "shelves", NULL},
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
    house->load = load_start(house->listen, 4, LOAD_PAUSE_MS);
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
    own_broker_ctl(&broker, (const char *[]){"purge_queue", "annal.loans", NULL});
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.loan_books", NULL});
    wait_for_more(house, 60);
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.loans", NULL});
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
    house->load = load_start(house->listen, 4, LOAD_PAUSE_MS);
    wait_for_more(house, 100);
    check(house);
}

/* What a publisher who can read the log may send about the `count` events behind `before`: the
 * truth again, as if of another log, other events that chain, events that are still to come. */
static void publish_lies(struct amqp *amqp, const struct checkpoint *before, struct event *events,
                         size_t count)
{
    AUTO(text) struct text truth = {0}, lie = {0};
    struct checkpoint foreign = *before;
    id_make(foreign.log_id);
    assert_int_equal(log_message_write(events, count, &truth), count);
    for (size_t i = 0; i < count; i++)
        events[i].data = slice_of("{\"memberId\":\"FORGED\",\"branch\":\"CPH\",\"openedAt\":"
                                  "\"2026-01-01T00:00:00.000000Z\",\"books\":[],\"total\":777}");
    assert_int_equal(log_message_write(events, count, &lie), count);
    for (int i = 0; i < 2; i++)
        assert_ok(log_message_publish(amqp, before, count, before->position + 10,
                                      text_slice(&truth), &error));
    assert_ok(log_message_publish(amqp, &foreign, count, before->position + 10, text_slice(&truth),
                                  &error));
    assert_ok(
        log_message_publish(amqp, before, count, before->position + 10, text_slice(&lie), &error));
}

static void lie_about(struct amqp *amqp, struct event_store *log, int64_t position)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct checkpoint before = {.position = position};
    snprintf(before.log_id, sizeof before.log_id, "%s", event_store_log_id(log));
    assert_ok(event_store_hash_at(log, position, before.hash, &error));
    assert_ok(
        event_store_read_after(log, position, (struct read_limit){3, 1 << 20}, &batch, &error));
    if (batch.count > 0)
        publish_lies(amqp, &before, batch.events, batch.count);
}

/* The event behind the head, invented before it happens. */
static void foretell(struct amqp *amqp, struct event_store *log)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct checkpoint head;
    assert_ok(event_store_head(log, &head, NULL, &error));
    assert_ok(event_store_read_after(log, head.position - 1, (struct read_limit){1, 1 << 20},
                                     &batch, &error));
    batch.events[0].position = head.position + 1;
    publish_lies(amqp, &head, batch.events, 1);
}

/* A model that had applied a lie would find itself on another log, and heal by a rebuild. */
static void assert_never_rebuilt(const char *data)
{
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    size_t i;
    json_t *model;
    json_array_foreach (json_object_get(status, "models"), i, model) {
        assert_int_equal(json_int_or(model, "generation", 0), 1);
    }
    assert_int_equal(i, 4);
}

static void a_hostile_publisher_changes_no_row(void **state)
{
    struct house *house = *state;
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(amqp) struct amqp *amqp = NULL;
    struct bus_url url;
    struct checkpoint head;
    wait_for_more(house, 60);
    assert_ok(bus_url_read(broker.url, &url, &error));
    assert_ok(own_log_open(house->data, EVENT_STORE_READ, &log, &error));
    assert_ok(amqp_connect(&url, "hostile", 10000, &amqp, &error));
    assert_ok(topology_declare_log(amqp, &error));
    for (int round = 0; round < 30; round++) {
        assert_ok(event_store_head(log, &head, NULL, &error));
        for (int64_t back = 0; back < 12; back += 3) /* newest first: out of order */
            lie_about(amqp, log, head.position - back);
        foretell(amqp, log);
        wait_for_more(house, 5);
    }
    check(house);
    assert_never_rebuilt(house->data);
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
        cmocka_unit_test_setup_teardown(a_hostile_publisher_changes_no_row, begin, end),
    };
    return cmocka_run_group_tests(tests, begin_broker, end_broker);
}
