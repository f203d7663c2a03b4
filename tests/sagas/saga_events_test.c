/* How the runner's events get into the log: over the control socket of `annal commands`, each once, in
 * their order; an invalid one is rejected by itself. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "base/hash.h"
#include "base/json.h"
#include "http/control.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *saga_event(const char *id, const char *type, const char *event, const char *step)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "id", id, "type", type, "event",
                     event, "correlation", "c", "traceparent", "", "data", "saga",
                     "order_fulfilment", "step", step);
}

static json_t *four_events(void)
{
    return json_pack("{s:[o, o, o, o]}", "events", saga_event("O-1", "saga.started.v1", "1", "a"),
                     saga_event("O-2", "saga.started.v1", "2", "a"),
                     saga_event("O-1", "saga.waiting.v1", "3", "b"),
                     saga_event("O-1", "saga.ended.v1", "4", "c"));
}

static json_t *append(const struct running_shop *shop, const json_t *events)
{
    json_t *answer = NULL;
    assert_ok(control_call(shop->data, "commands", "POST", "/saga-events", events, 5000, &answer,
                           &error));
    return answer;
}

static const char *result(const json_t *answer, size_t place)
{
    return json_string_value(json_array_get(json_object_get(answer, "results"), place));
}

/* What the desk has done so far. */
static int desk_commands(const struct running_shop *shop)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(shop->address, "/metrics", &reply);
    const char *found = strstr(reply.body.at, "annal_command_seconds_count");
    assert_non_null(found);
    return atoi(strchr(found, ' '));
}

static void the_events_of_a_saga_are_stored_together_in_their_order(void **state)
{
    const struct running_shop *shop = *state;
    AUTO(json) json_t *events = four_events();
    int before = desk_commands(shop);
    AUTO(json) json_t *answer = append(shop, events);
    assert_int_equal(json_array_size(json_object_get(answer, "results")), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(result(answer, i), "");
    assert_int_equal(desk_commands(shop) - before, 2); /* one for each saga */
    assert_int_equal(
        running_shop_count(shop, "events.db",
                           "SELECT group_concat(json_extract(data, '$.step'), '') = 'abc' FROM "
                           "(SELECT data FROM event_log WHERE stream = 'saga/O-1' "
                           "ORDER BY version)"),
        1);
}

static void what_is_stored_is_not_stored_again(void **state)
{
    const struct running_shop *shop = *state;
    AUTO(json) json_t *events = four_events();
    json_decref(append(shop, events));
    json_array_append_new(json_object_get(events, "events"),
                          saga_event("O-1", "saga.stuck.v1", "5", "d"));
    json_decref(append(shop, events));
    assert_int_equal(running_shop_events(shop, "saga.started.v1"), 2);
    assert_int_equal(running_shop_events(shop, "saga.ended.v1"), 1);
    assert_int_equal(running_shop_events(shop, "saga.stuck.v1"), 1);
}

static void a_refused_event_does_not_hold_up_the_others(void **state)
{
    const struct running_shop *shop = *state;
    AUTO(json) json_t *list = json_array();
    AUTO(json) json_t *events = json_pack("{s:O}", "events", list);
    json_array_append_new(list, saga_event("O-1", "saga.started.v1", "1", "a"));
    json_array_append_new(list, saga_event("O-1", "order.placed.v1", "2", "b"));
    json_array_append_new(list, saga_event("", "saga.ended.v1", "3", "c"));
    json_array_append_new(list, saga_event("O-1", "saga.ended.v1", "4", "d"));
    AUTO(json) json_t *answer = append(shop, events);
    assert_string_equal(result(answer, 0), "");
    assert_text_contains(result(answer, 1), "unknown event type saga.… order.placed.v1");
    assert_text_contains(result(answer, 2), "the id is not valid");
    assert_string_equal(result(answer, 3), "");
    assert_int_equal(running_shop_events(shop, "saga.ended.v1"), 1);
}

static void a_request_without_events_is_refused(void **state)
{
    const struct running_shop *shop = *state;
    AUTO(json) json_t *nothing = json_pack("{s:[]}", "events");
    AUTO(json) json_t *answer = NULL;
    struct error told = {0};
    assert_int_equal(
        control_call(shop->data, "commands", "POST", "/saga-events", nothing, 5000, &answer, &told),
        ERR_BAD_REQUEST);
    assert_text_contains(told.text, "must be 1 to 64 events");
}

/* Until the message id of a saga's command had a MAC, anybody could write one. */
static void forge_payment(const struct running_shop *shop)
{
    AUTO(http_client) struct http_client *client = http_client_open(shop->address);
    AUTO(http_reply) struct http_reply reply = {0};
    char cause[128];
    snprintf(cause, sizeof cause, "Causation-Id: order_fulfilment-%016llx-3",
             (unsigned long long)hash_bytes(0, slice_of("O-1")));
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = "/commands/order/O-1/record-payment",
                                         .headers = {"Content-Type: application/json", cause},
                                         .body = "{\"amount\":500,\"currency\":\"EUR\"}"},
                     &reply);
    if (reply.status != 200)
        fail_msg("%ld %s", reply.status, reply.body.at);
}

static void a_forged_causation_id_does_not_hide_that_an_order_was_paid_directly(void **state)
{
    struct running_shop *shop = *state;
    running_shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    forge_payment(shop);
    running_shop_command(shop, "order/O-1/cancel", "{'reason':'changed my mind'}");
    wait_until(30, running_shop_saga_is(shop, "O-1", "stuck", "compensated") ||
                       running_shop_saga_is(shop, "O-1", "ended", "compensated"));
    assert_true(
        running_shop_saga_is(shop, "O-1", "stuck", "compensated")); /* a person must refund */
    assert_int_equal(saga_process_stop(pid), 0);
}

int main(void)
{
#define IN_A_SHOP(claim)                                                                           \
    cmocka_unit_test_setup_teardown(claim, running_shop_setup, running_shop_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_SHOP(the_events_of_a_saga_are_stored_together_in_their_order),
        IN_A_SHOP(what_is_stored_is_not_stored_again),
        IN_A_SHOP(a_refused_event_does_not_hold_up_the_others),
        IN_A_SHOP(a_forged_causation_id_does_not_hide_that_an_order_was_paid_directly),
        IN_A_SHOP(a_request_without_events_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
