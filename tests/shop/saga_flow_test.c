/* The whole system: annal, RabbitMQ, and a payment provider that uses only their public interfaces.
 * Orders are fulfilled and compensated; an operator resumes and abandons. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *data;
static struct annal_process up;
static char commands[64], queries[64];
static pid_t provider;
static int provider_output;

static void send(const char *path, const char *body, int status)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(commands, path, body, &reply);
    if (reply.status != status)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
}

static void place(const char *id, const char *product)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text body = {0};
    text_printf(&path, "/commands/order/%s/create", id);
    text_printf(&body,
                "{\"customerId\":\"C-1\",\"currency\":\"EUR\",\"place\":true,\"items\":["
                "{\"productId\":\"%s\",\"quantity\":2,\"unitPrice\":250}]}",
                product);
    send(path.at, body.at, 201);
}

/* In the new process: never returns. */
static _Noreturn void run_as_provider(const char *bus, const char *percent, int output)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text url = {0};
    text_printf(&path, "%s/examples/payment-provider", getenv("ANNAL_BUILD_ROOT"));
    text_printf(&url, "http://%s", commands);
    dup2(output, STDOUT_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(path.at, "payment-provider", bus, url.at, percent, (char *)NULL);
    _exit(127);
}

/* It never receives payments requested before its queue exists, so wait for its ready line. */
static void start_the_provider(const char *bus, const char *percent)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    provider = fork();
    assert_true(provider >= 0);
    if (provider == 0)
        run_as_provider(bus, percent, ends[1]);
    close(ends[1]);
    provider_output = ends[0];
    AUTO(text) struct text output = {0};
    while (!output.at || !strchr(output.at, '\n')) {
        char bytes[256];
        struct pollfd wait = {.fd = provider_output, .events = POLLIN};
        if (poll(&wait, 1, 60000) != 1)
            fail_msg("the payment provider is not ready after a minute");
        ssize_t length = read(provider_output, bytes, sizeof bytes);
        assert_true(length > 0);
        text_add_bytes(&output, bytes, (size_t)length);
    }
    assert_text_contains(output.at, "ready payment-provider");
}

static void begin_with(const char *percent)
{
    AUTO(text) struct text bus = {0};
    text_printf(&bus, "%s/t-saga_flow_test", getenv("ANNAL_TEST_BROKER"));
    data = test_directory_make();
    annal_start(&up, data,
                (const char *[]){"up", "--bus", bus.at, "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", "--sagas", NULL});
    snprintf(commands, sizeof commands, "%s", annal_address(&up, "commands"));
    snprintf(queries, sizeof queries, "%s", annal_address(&up, "queries"));
    start_the_provider(bus.at, percent);
    send("/commands/inventory/P-1/receive", "{\"quantity\":100}", 201);
}

static int begin_with_money(void **state)
{
    (void)state;
    begin_with("0");
    return 0;
}

static int begin_without_money(void **state)
{
    (void)state;
    begin_with("100");
    return 0;
}

static int end(void **state)
{
    (void)state;
    kill(provider, SIGTERM);
    int status = 1;
    assert_int_equal(waitpid(provider, &status, 0), provider);
    assert_int_equal(status, 0);
    close(provider_output);
    assert_int_equal(annal_stop(&up, 30), 0);
    test_directory_remove(data);
    return 0;
}

/* True if the read model `fulfilment` says so. */
static bool is_at(const char *id, const char *state, const char *step)
{
    AUTO(text) struct text path = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_printf(&path, "/read/fulfilment/%s", id);
    http_get(queries, path.at, &reply);
    if (reply.status != 200)
        return false;
    AUTO(json) json_t *row = http_reply_json(&reply);
    return strcmp(json_string_or(row, "state", ""), state) == 0 &&
           strcmp(json_string_or(row, "step", ""), step) == 0;
}

static int64_t stock(const char *member)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(queries, "/read/stock_levels/P-1", &reply);
    AUTO(json) json_t *row = http_reply_json(&reply);
    return json_int_or(row, member, -1);
}

static json_t *show(const char *id)
{
    return annal_run_json(data, (const char *[]){"sagas", "show", id, "--json", NULL});
}

static bool history_has(const json_t *saga, const char *kind, const char *part)
{
    size_t i;
    json_t *entry;
    json_array_foreach (json_object_get(saga, "history"), i, entry) {
        if (strcmp(json_string_or(entry, "kind", ""), kind) == 0 &&
            strstr(json_string_or(entry, "what", ""), part))
            return true;
    }
    return false;
}

static bool shows(const char *id, const char *kind, const char *part)
{
    AUTO(json) json_t *saga = show(id);
    return history_has(saga, kind, part);
}

static void an_order_is_fulfilled_with_a_real_provider(void **state)
{
    (void)state;
    place("ORD-1", "P-1");
    wait_until(60, is_at("ORD-1", "waiting", "await-shipment"));
    wait_until(30, stock("reserved") == 2);
    send("/commands/order/ORD-1/ship", "{\"carrier\":\"Post\"}", 200);
    wait_until(60, is_at("ORD-1", "ended", "done"));
    wait_until(30, stock("on_hand") == 98);
    assert_int_equal(stock("reserved"), 0);
    AUTO(json) json_t *saga = show("ORD-1");
    assert_true(history_has(saga, "command", "inventory/P-1 reserve"));
    assert_true(history_has(saga, "answer", "payment/ORD-1 request: accepted"));
    assert_true(history_has(saga, "event", "payment.completed.v1 of payment/ORD-1"));
    annal_wait_caught_up(data, 30);
    annal_check_everything(data);
}

static void an_order_with_a_rejected_payment_is_compensated(void **state)
{
    (void)state;
    place("ORD-1", "P-1");
    wait_until(60, is_at("ORD-1", "ended", "compensated"));
    wait_until(30, stock("reserved") == 0);
    assert_int_equal(stock("on_hand"), 100);
    AUTO(json) json_t *saga = show("ORD-1");
    assert_true(history_has(saga, "compensation", "inventory/P-1 release"));
    assert_true(history_has(saga, "compensation", "order/ORD-1 cancel"));
    assert_string_equal(json_string_or(saga, "reason", ""), "the payment failed: no cover");
}

static void a_stuck_saga_is_shown_and_resumed_by_an_operator(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    kill(provider, SIGSTOP); /* it does not answer the payment */
    place("ORD-2", "P-1");
    wait_until(60, is_at("ORD-2", "waiting", "await-payment"));
    send("/commands/order/ORD-2/record-payment", "{\"amount\":500,\"currency\":\"EUR\"}", 200);
    wait_until(60, is_at("ORD-2", "waiting", "await-shipment"));
    send("/commands/order/ORD-2/cancel", "{\"reason\":\"changed my mind\"}", 200);
    wait_until(60, is_at("ORD-2", "stuck", "compensated"));
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    assert_int_equal(
        json_int_or(json_object_get(json_object_get(status, "sagas"), "phases"), "stuck", 0), 1);
    assert_int_equal(annal_run(data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "refund by hand");
    assert_int_equal(annal_run(data,
                               (const char *[]){"sagas", "resume", "ORD-2", "paid back", NULL},
                               NULL, NULL),
                     0);
    wait_until(60, is_at("ORD-2", "ended", "compensated"));
    assert_int_equal(
        annal_run(data, (const char *[]){"sagas", "resume", "ORD-2", NULL}, NULL, NULL), 1);
    kill(provider, SIGCONT); /* the late payment is refunded */
    wait_until(60, shows("ORD-2", "compensation", "payment/ORD-2 refund"));
}

static void an_abandoned_saga_sends_nothing_more(void **state)
{
    (void)state;
    place("ORD-1", "P-1");
    wait_until(60, is_at("ORD-1", "waiting", "await-shipment"));
    assert_int_equal(
        annal_run(data, (const char *[]){"sagas", "abandon", "ORD-1", "by hand", NULL}, NULL, NULL),
        0);
    wait_until(60, is_at("ORD-1", "ended", "await-shipment"));
    send("/commands/order/ORD-1/cancel", "{\"reason\":\"no\"}", 200);
    place("ORD-2", "P-1");
    wait_until(60, is_at("ORD-2", "waiting", "await-shipment"));
    assert_int_equal(stock("reserved"), 4);
    AUTO(json) json_t *saga = show("ORD-1");
    assert_true(history_has(saga, "operator", "abandoned: by hand"));
}

/* A rebuild reads the events of the saga and sends no command. */
static void a_rebuild_of_fulfilment_sends_no_command(void **state)
{
    (void)state;
    place("ORD-1", "P-1");
    wait_until(60, is_at("ORD-1", "waiting", "await-shipment"));
    annal_wait_caught_up(data, 30);
    AUTO(json) json_t *before = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "fulfilment", NULL}, NULL, NULL),
                     0);
    assert_true(is_at("ORD-1", "waiting", "await-shipment"));
    AUTO(json) json_t *after = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    assert_int_equal(json_int_or(before, "head", -1), json_int_or(after, "head", -2));
}

static void a_client_cannot_write_to_the_stream_of_a_saga(void **state)
{
    (void)state;
    AUTO(http_client) struct http_client *client = http_client_open(commands);
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(
        client,
        &(struct http_call){
            .method = "POST",
            .path = "/streams/saga/ORD-1",
            .headers = {"Content-Type: application/cloudevents+json"},
            .body =
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":"
                "\"saga.ended.v1\",\"data\":{\"saga\":\"order_fulfilment\",\"step\":\"done\"}}"},
        &reply);
    http_reply_check_problem(&reply, 409, "command-refused");
}

int main(void)
{
#define WITH_MONEY(claim) cmocka_unit_test_setup_teardown(claim, begin_with_money, end)
    const struct CMUnitTest tests[] = {
        WITH_MONEY(an_order_is_fulfilled_with_a_real_provider),
        cmocka_unit_test_setup_teardown(an_order_with_a_rejected_payment_is_compensated,
                                        begin_without_money, end),
        WITH_MONEY(a_stuck_saga_is_shown_and_resumed_by_an_operator),
        WITH_MONEY(an_abandoned_saga_sends_nothing_more),
        WITH_MONEY(a_rebuild_of_fulfilment_sends_no_command),
        WITH_MONEY(a_client_cannot_write_to_the_stream_of_a_saga),
    };
    if (!getenv("ANNAL_TEST_BROKER"))
        return test_skip_program("saga_flow", "ANNAL_TEST_BROKER is not set");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
