/* kill -9 of projectors and of the broker under load, queues purged and deleted, a memory alarm,
 * data that is removed while the broker keeps its queues, messages of a hostile publisher: every read
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

struct instance {
    const char *data;
    struct annal_process commands, projectors[2];
    char listen[64];
    struct load *load;
};

static struct own_broker broker;

static void start_projectors(struct instance *instance, int which)
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
    annal_start(&instance->projectors[which], instance->data, words);
}

static void start_commands(struct instance *instance, const char *listen)
{
    annal_start(
        &instance->commands, instance->data,
        (const char *[]){"commands", "--commands-listen", listen, "--bus", broker.url, NULL});
    snprintf(instance->listen, sizeof instance->listen, "%s",
             annal_address(&instance->commands, NULL));
}

static int begin(void **state)
{
    struct instance *instance = calloc(1, sizeof *instance);
    instance->data = test_directory_make();
    start_commands(instance, "127.0.0.1:0");
    start_projectors(instance, 0);
    start_projectors(instance, 1);
    instance->load = load_start(instance->listen, 4, LOAD_PAUSE_MS);
    *state = instance;
    return 0;
}

/* The end of every claim. */
static void check(struct instance *instance)
{
    load_stop(instance->load);
    annal_wait_caught_up(instance->data, 90);
    load_check(instance->load, instance->listen, instance->data);
    annal_check_everything(instance->data);
}

static int end(void **state)
{
    struct instance *instance = *state;
    assert_int_equal(annal_stop(&instance->projectors[0], 30), 0);
    assert_int_equal(annal_stop(&instance->projectors[1], 30), 0);
    assert_int_equal(annal_stop(&instance->commands, 30), 0);
    load_destroy(instance->load);
    test_directory_remove(instance->data);
    free(instance);
    return 0;
}

static void wait_for_more(struct instance *instance, int64_t commands)
{
    int64_t before = load_answered(instance->load);
    wait_until(90, load_answered(instance->load) >= before + commands);
}

static void projectors_killed_under_load_continue_at_their_checkpoints(void **state)
{
    struct instance *instance = *state;
    for (int i = 0; i < 6; i++) {
        wait_for_more(instance, 60);
        annal_kill(&instance->projectors[i % 2]);
        wait_for_more(instance, 30);
        start_projectors(instance, i % 2);
    }
    check(instance);
}

static void roles_reconnect_to_a_broker_that_was_killed_under_load(void **state)
{
    struct instance *instance = *state;
    for (int i = 0; i < 2; i++) {
        wait_for_more(instance, 60);
        own_broker_kill(&broker);
        wait_for_more(instance, 100); /* commands succeed while it is down */
        own_broker_start_again(&broker);
    }
    wait_for_more(instance, 60);
    check(instance);
}

static void events_of_purged_and_deleted_queues_come_from_the_log(void **state)
{
    struct instance *instance = *state;
    wait_for_more(instance, 60);
    own_broker_ctl(&broker, (const char *[]){"purge_queue", "annal.loans", NULL});
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.loan_books", NULL});
    wait_for_more(instance, 60);
    own_broker_ctl(&broker, (const char *[]){"delete_queue", "annal.loans", NULL});
    check(instance);
}

static void a_memory_alarm_stops_no_command_and_loses_nothing(void **state)
{
    struct instance *instance = *state;
    wait_for_more(instance, 60);
    own_broker_ctl(&broker, (const char *[]){"set_vm_memory_high_watermark", "0.000001", NULL});
    wait_for_more(instance, 200);
    own_broker_ctl(&broker,
                   (const char *[]){"set_vm_memory_high_watermark", "absolute", "1GB", NULL});
    wait_for_more(instance, 60);
    check(instance);
}

static void a_new_log_ignores_the_messages_of_the_old_one(void **state)
{
    struct instance *instance = *state;
    wait_for_more(instance, 100);
    load_stop(instance->load);
    annal_kill(&instance->projectors[0]); /* with messages left in its queues */
    annal_kill(&instance->projectors[1]);
    assert_int_equal(annal_stop(&instance->commands, 30), 0);
    load_destroy(instance->load);
    test_directory_remove(instance->data);
    instance->data = test_directory_make();
    start_commands(instance, "127.0.0.1:0");
    start_projectors(instance, 0);
    start_projectors(instance, 1);
    instance->load = load_start(instance->listen, 4, LOAD_PAUSE_MS);
    wait_for_more(instance, 100);
    check(instance);
}

/* The messages that a publisher who can read the log may forge about the `count` events after `before`:
 * repeated events, the same of another log, other events that chain, and events of the future. */
static void publish_lies(struct amqp *amqp, const struct checkpoint *before, struct event *events,
                         size_t count)
{
    AUTO(text) struct text truth = {0}, lie = {0};
    struct checkpoint other_log = *before;
    id_make(other_log.log_id);
    assert_int_equal(log_message_write(events, count, &truth), count);
    for (size_t i = 0; i < count; i++)
        events[i].data = slice_of("{\"memberId\":\"FORGED\",\"branch\":\"CPH\",\"openedAt\":"
                                  "\"2026-01-01T00:00:00.000000Z\",\"books\":[],\"total\":777}");
    assert_int_equal(log_message_write(events, count, &lie), count);
    for (int i = 0; i < 2; i++)
        assert_ok(log_message_publish(amqp, before, count, before->position + 10,
                                      text_slice(&truth), &error));
    assert_ok(log_message_publish(amqp, &other_log, count, before->position + 10,
                                  text_slice(&truth), &error));
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

/* An invented event for the position after the head. */
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

/* A model that had applied a forged event would detect another log and rebuild itself. */
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
    struct instance *instance = *state;
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(amqp) struct amqp *amqp = NULL;
    struct bus_url url;
    struct checkpoint head;
    wait_for_more(instance, 60);
    assert_ok(bus_url_read(broker.url, &url, &error));
    assert_ok(own_log_open(instance->data, EVENT_STORE_READ, &log, &error));
    assert_ok(amqp_connect(&url, "hostile", 10000, &amqp, &error));
    assert_ok(topology_declare_log(amqp, &error));
    for (int round = 0; round < 30; round++) {
        assert_ok(event_store_head(log, &head, NULL, &error));
        for (int64_t back = 0; back < 12; back += 3) /* newest first: out of order */
            lie_about(amqp, log, head.position - back);
        foretell(amqp, log);
        wait_for_more(instance, 5);
    }
    check(instance);
    assert_never_rebuilt(instance->data);
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
        cmocka_unit_test_setup_teardown(projectors_killed_under_load_continue_at_their_checkpoints,
                                        begin, end),
        cmocka_unit_test_setup_teardown(roles_reconnect_to_a_broker_that_was_killed_under_load,
                                        begin, end),
        cmocka_unit_test_setup_teardown(events_of_purged_and_deleted_queues_come_from_the_log,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_memory_alarm_stops_no_command_and_loses_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_new_log_ignores_the_messages_of_the_old_one, begin, end),
        cmocka_unit_test_setup_teardown(a_hostile_publisher_changes_no_row, begin, end),
    };
    return cmocka_run_group_tests(tests, begin_broker, end_broker);
}
