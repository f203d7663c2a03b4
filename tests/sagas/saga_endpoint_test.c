/* A command endpoint that answers with errors of its own: the command is tried ten times, slower
 * and slower, then a person must look; what they resume goes on. One that does not answer: what is
 * on its way when its saga is abandoned is not sent again. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"
#include "tests/sagas/stub_endpoint.h"

#include "base/json.h"

#include <stdio.h>

#define TRIES 10

/* The longest wait between the tries `from` and `to`. */
static int64_t longest_wait_ms(struct stub_endpoint *stub, int from, int to)
{
    int64_t longest = 0;
    for (int i = from; i < to; i++) {
        int64_t wait = stub_endpoint_time_ms(stub, i + 1) - stub_endpoint_time_ms(stub, i);
        longest = wait > longest ? wait : longest;
    }
    return longest;
}

static void errors_of_the_endpoint_are_given_up_and_resumed(void **state)
{
    struct running_shop *shop = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    AUTO(text) struct text out = {0};
    running_shop_place(shop, "O-1");
    shop->runner.commands_url = stub_endpoint_url(stub);
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(90, running_shop_saga_is(shop, "O-1", "stuck", "reserve-stock"));
    assert_int_equal(stub_endpoint_count(stub), TRIES);
    assert_true(longest_wait_ms(stub, 4, TRIES - 1) > longest_wait_ms(stub, 0, 2));
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "answered with status 500, 10 times");
    stub_endpoint_answer(stub, 200);
    assert_int_equal(saga_process_stop(pid), 0); /* a person resumes, then it is started again */
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"sagas", "resume", "O-1", NULL}, NULL, NULL), 0);
    pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", "waiting", "await-payment"));
    assert_int_equal(stub_endpoint_count(stub), TRIES + 2); /* reserve, request */
    assert_int_equal(saga_process_stop(pid), 0);
    stub_endpoint_stop(stub);
}

/* `annal saga` on the shop's log, which sends to the stub. */
static void start_saga(const struct running_shop *shop, struct stub_endpoint *stub,
                       struct annal_process *ret)
{
    annal_start(ret, shop->data,
                (const char *[]){"saga", "--bus", "log:", "--from", "0", "--to",
                                 stub_endpoint_url(stub), NULL});
}

static void abandon(const struct running_shop *shop)
{
    assert_int_equal(annal_run(shop->data,
                               (const char *[]){"sagas", "abandon", "O-1", "no more", NULL}, NULL,
                               NULL),
                     0);
}

static bool show_says(const struct running_shop *shop, const char *part)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"sagas", "show", "O-1", NULL}, &out, NULL), 0);
    return strstr(out.at, part) != NULL;
}

static void
what_is_on_its_way_when_its_saga_is_abandoned_is_shown_and_its_answer_noted(void **state)
{
    struct running_shop *shop = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    struct annal_process saga;
    stub_endpoint_answer(stub, 200);
    stub_endpoint_hold(stub, true);
    running_shop_place(shop, "O-1");
    start_saga(shop, stub, &saga);
    wait_until(30, stub_endpoint_is_holding(stub));
    abandon(shop);
    assert_true(show_says(shop, "under way command inventory/P-1 reserve"));
    stub_endpoint_hold(stub, false);
    wait_until(30, show_says(shop, "inventory/P-1 reserve: accepted, position 1000"));
    assert_false(show_says(shop, "under way command"));
    assert_true(running_shop_saga_is(shop, "O-1", "ended", "reserve-stock"));
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(stub_endpoint_count(stub), 1);
    stub_endpoint_stop(stub);
}

static void what_had_been_sent_for_an_abandoned_saga_is_not_sent_again_after_a_crash(void **state)
{
    struct running_shop *shop = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    struct annal_process saga;
    stub_endpoint_answer(stub, 503);
    running_shop_place(shop, "O-1");
    start_saga(shop, stub, &saga);
    wait_until(30, stub_endpoint_count(stub) > 0);
    annal_kill(&saga);
    abandon(shop);
    assert_true(show_says(shop, "under way command inventory/P-1 reserve"));
    int sent = stub_endpoint_count(stub);
    stub_endpoint_answer(stub, 200);
    start_saga(shop, stub, &saga);
    wait_until(30, show_says(shop, "the saga was abandoned meanwhile; it may have happened"));
    assert_false(show_says(shop, "under way command"));
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(stub_endpoint_count(stub), sent);
    stub_endpoint_stop(stub);
}

static void rename_in_run(const struct running_shop *shop, const char *from, const char *to)
{
    AUTO(text) struct text old = {0};
    AUTO(text) struct text new = {0};
    text_printf(&old, "%s/run/%s", shop->data, from);
    text_printf(&new, "%s/run/%s", shop->data, to);
    assert_int_equal(rename(old.at, new.at), 0);
}

static bool status_says(const struct running_shop *shop, const char *member, const char *expected)
{
    AUTO(json)
    json_t *status = annal_run_json(shop->data, (const char *[]){"status", "--json", NULL});
    AUTO(text) struct text value = {0};
    json_write(json_object_get(json_object_get(status, "sagas"), member), &value);
    return strcmp(value.at, expected) == 0;
}

static void a_control_socket_that_fails_alone_is_shown(void **state)
{
    struct running_shop *shop = *state;
    struct annal_process saga;
    AUTO(text) struct text out = {0};
    annal_start(&saga, shop->data,
                (const char *[]){"saga", "--bus", "log:", "--from", "0", "--to", shop->url, NULL});
    rename_in_run(shop, "commands.sock", "away.sock");
    running_shop_place(shop, "O-1");
    wait_until(30, status_says(shop, "control_unreachable", "true"));
    assert_true(status_says(shop, "endpoint_unreachable", "false"));
    assert_int_equal(annal_run(shop->data, (const char *[]){"status", NULL}, &out, NULL), 1);
    assert_text_contains(out.at, "their events wait: the control socket of annal commands");
    rename_in_run(shop, "away.sock", "commands.sock");
    wait_until(30, status_says(shop, "control_unreachable", "false"));
    wait_until(30, running_shop_events(shop, "saga.waiting.v1") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_true(status_says(shop, "runner", "\"none\""));
    assert_true(status_says(shop, "control_unreachable", "null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(errors_of_the_endpoint_are_given_up_and_resumed,
                                        running_shop_setup, running_shop_teardown),
        cmocka_unit_test_setup_teardown(
            what_is_on_its_way_when_its_saga_is_abandoned_is_shown_and_its_answer_noted,
            running_shop_setup, running_shop_teardown),
        cmocka_unit_test_setup_teardown(a_control_socket_that_fails_alone_is_shown,
                                        running_shop_setup, running_shop_teardown),
        cmocka_unit_test_setup_teardown(
            what_had_been_sent_for_an_abandoned_saga_is_not_sent_again_after_a_crash,
            running_shop_setup, running_shop_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
