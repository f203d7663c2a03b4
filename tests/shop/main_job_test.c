/* The main job, with real processes: a command becomes an event, the event becomes a row, the row
 * is served. Once through RabbitMQ and once without a broker. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <signal.h>
#include <stdio.h>

struct instance {
    const char *data;
    struct annal_process up;
    char commands[64], queries[64];
};

/* `more`: one option more, or NULL. */
static void begin_with(void **state, const char *bus, const char *more)
{
    struct instance *instance = calloc(1, sizeof *instance);
    instance->data = test_directory_make();
    annal_start(&instance->up, instance->data,
                (const char *[]){"up", "--bus", bus, "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", more, NULL});
    snprintf(instance->commands, sizeof instance->commands, "%s",
             annal_address(&instance->up, "commands"));
    snprintf(instance->queries, sizeof instance->queries, "%s",
             annal_address(&instance->up, "queries"));
    *state = instance;
}

static int begin_with_broker(void **state)
{
    AUTO(text) struct text bus = {0};
    text_printf(&bus, "%s/t-main_job_test", getenv("ANNAL_TEST_BROKER"));
    begin_with(state, bus.at, NULL);
    return 0;
}

static int begin_without_broker(void **state)
{
    begin_with(state, "log:", NULL);
    return 0;
}

static int begin_with_sagas(void **state)
{
    begin_with(state, "log:", "--sagas");
    return 0;
}

static int end(void **state)
{
    struct instance *instance = *state;
    if (instance->up.pid)
        annal_stop(&instance->up, 30);
    test_directory_remove(instance->data);
    free(instance);
    return 0;
}

static int64_t send(struct instance *instance, const char *path, const char *body, int status)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(instance->commands, path, body, &reply);
    if (reply.status != status)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
    AUTO(json) json_t *json = http_reply_json(&reply);
    return json_int_or(json, "position", 0);
}

/* GET of the query endpoint that waits for a position. The caller owns the JSON. */
static json_t *read_at(struct instance *instance, const char *path, int64_t position)
{
    AUTO(http_client) struct http_client *client = http_client_open(instance->queries);
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text header = {0};
    text_printf(&header, "Annal-Min-Position: %lld", (long long)position);
    http_client_call(client,
                     &(struct http_call){.path = path,
                                         .headers = {header.at, "Prefer: wait=30"},
                                         .timeout_seconds = 40},
                     &reply);
    if (reply.status != 200)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
    return http_reply_json(&reply);
}

static void an_order_becomes_a_row(void **state)
{
    struct instance *instance = *state;
    send(instance, "/commands/order/ORD-1/create",
         "{\"customerId\":\"C-1\",\"currency\":\"EUR\",\"orderedAt\":\"2026-03-01T23:30:00-02:00\","
         "\"items\":[{\"productId\":\"P-1\",\"quantity\":3,\"unitPrice\":250},"
         "{\"productId\":\"P-2\",\"quantity\":1,\"unitPrice\":1000}],\"place\":true}",
         201);
    int64_t position = send(instance, "/commands/order/ORD-1/record-payment",
                            "{\"amount\":1750,\"currency\":\"EUR\"}", 200);
    AUTO(json) json_t *row = read_at(instance, "/read/order_summary/ORD-1", position);
    assert_string_equal(json_string_or(row, "status", ""), "paid");
    assert_int_equal(json_int_or(row, "total", 0), 1750);
    assert_int_equal(json_int_or(row, "item_count", 0), 2);
    AUTO(json) json_t *day = read_at(instance, "/read/daily_sales/2026-03-02/EUR", position);
    assert_int_equal(json_int_or(day, "revenue", 0), 1750);
    AUTO(json) json_t *history = read_at(instance, "/read/order_history?order_id=ORD-1", position);
    assert_int_equal(json_array_size(json_object_get(history, "rows")), 5);
}

static void a_cancelled_order_is_taken_back(void **state)
{
    struct instance *instance = *state;
    send(instance, "/commands/order/ORD-1/create",
         "{\"customerId\":\"C-1\",\"currency\":\"EUR\",\"orderedAt\":\"2026-03-01T10:00:00Z\","
         "\"items\":[{\"productId\":\"P-1\",\"quantity\":3,\"unitPrice\":250}],\"place\":true}",
         201);
    int64_t position =
        send(instance, "/commands/order/ORD-1/cancel", "{\"reason\":\"changed my mind\"}", 200);
    AUTO(json) json_t *row = read_at(instance, "/read/order_summary/ORD-1", position);
    assert_string_equal(json_string_or(row, "status", ""), "cancelled");
    AUTO(json) json_t *sales = read_at(instance, "/read/product_sales?units[gt]=0", position);
    assert_int_equal(json_array_size(json_object_get(sales, "rows")), 0);
    annal_check_everything(instance->data);
}

static void a_killed_role_is_started_again(void **state)
{
    struct instance *instance = *state;
    AUTO(text) struct text lock = {0};
    text_printf(&lock, "%s/read/order_summary.db.lock", instance->data);
    int64_t position = send(instance, "/commands/inventory/P-1/receive", "{\"quantity\":5}", 201);
    json_decref(read_at(instance, "/read/stock_levels/P-1", position));
    AUTO(string) char *before = test_file_read(lock.at);
    int pid = 0;
    assert_int_equal(sscanf(strstr(before, "pid "), "pid %d", &pid), 1);
    kill(pid, SIGKILL);
    position = send(instance, "/commands/order/ORD-9/create",
                    "{\"customerId\":\"C-1\",\"currency\":\"EUR\"}", 201);
    json_decref(read_at(instance, "/read/order_summary/ORD-9", position));
    AUTO(string) char *after = test_file_read(lock.at);
    assert_string_not_equal(before, after);
}

static void stopping_leaves_nothing_running(void **state)
{
    struct instance *instance = *state;
    AUTO(text) struct text children = {0};
    text_printf(&children, "/proc/%d/task/%d/children", instance->up.pid, instance->up.pid);
    AUTO(string) char *pids = test_file_read(children.at);
    assert_int_equal(annal_stop(&instance->up, 30), 0);
    int count = 0;
    for (char *at = pids, *end_of_pid; strtol(at, &end_of_pid, 10) > 0; at = end_of_pid, count++)
        assert_int_equal(kill((pid_t)strtol(at, NULL, 10), 0), -1);
    assert_int_equal(count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_becomes_a_row, begin_with_broker, end),
        cmocka_unit_test_setup_teardown(a_cancelled_order_is_taken_back, begin_without_broker, end),
        cmocka_unit_test_setup_teardown(a_killed_role_is_started_again, begin_with_broker, end),
        cmocka_unit_test_setup_teardown(stopping_leaves_nothing_running, begin_with_sagas, end),
    };
    if (!getenv("ANNAL_TEST_BROKER"))
        return test_skip_program("the_main_job", "ANNAL_TEST_BROKER is not set");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
