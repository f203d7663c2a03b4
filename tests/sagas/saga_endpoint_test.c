/* A command endpoint that answers with server errors: the runner sends the command ten times, with
 * growing pauses, then the saga is stuck until an operator resumes it. An endpoint that does not answer:
 * a command under way is not sent again once its saga is abandoned. */
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

static void a_command_with_ten_server_errors_makes_the_saga_stuck_until_resumed(void **state)
{
    struct running_sagas *sagas = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    AUTO(text) struct text out = {0};
    running_sagas_loan(sagas, "L-1", "open",
                       "{'memberId':'M-1','branch':'CPH','request':true,'books':["
                       "{'bookId':'B-1','copies':1},{'bookId':'B-2','copies':1}]}");
    sagas->runner.commands_url = stub_endpoint_url(stub);
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(90, running_sagas_saga_is(sagas, "L-1", "stuck", "hold-copies"));
    assert_int_equal(stub_endpoint_count(stub), TRIES);
    assert_true(longest_wait_ms(stub, 4, TRIES - 1) > longest_wait_ms(stub, 0, 2));
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "answered with status 500, 10 times");
    stub_endpoint_answer(stub, 200);
    assert_int_equal(saga_process_stop(pid),
                     0); /* an operator resumes the saga while no runner runs */
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "resume", "L-1", NULL}, NULL, NULL), 0);
    pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    assert_int_equal(stub_endpoint_count(stub), TRIES + 2); /* one for each book */
    assert_int_equal(saga_process_stop(pid), 0);
    stub_endpoint_stop(stub);
}

/* `annal saga` on the log, which sends to the stub. */
static void start_saga(const struct running_sagas *sagas, struct stub_endpoint *stub,
                       struct annal_process *ret)
{
    annal_start(ret, sagas->data,
                (const char *[]){"saga", "--bus", "log:", "--from", "0", "--to",
                                 stub_endpoint_url(stub), NULL});
}

static void abandon(const struct running_sagas *sagas)
{
    assert_int_equal(annal_run(sagas->data,
                               (const char *[]){"sagas", "abandon", "L-1", "no more", NULL}, NULL,
                               NULL),
                     0);
}

static bool show_says(const struct running_sagas *sagas, const char *part)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "show", "L-1", NULL}, &out, NULL), 0);
    return strstr(out.at, part) != NULL;
}

static void a_command_under_way_of_an_abandoned_saga_is_shown_and_its_answer_noted(void **state)
{
    struct running_sagas *sagas = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    struct annal_process saga;
    stub_endpoint_answer(stub, 200);
    stub_endpoint_hold(stub, true);
    running_sagas_request(sagas, "L-1");
    start_saga(sagas, stub, &saga);
    wait_until(30, stub_endpoint_is_holding(stub));
    abandon(sagas);
    assert_true(show_says(sagas, "under way command shelf/B-1 hold"));
    stub_endpoint_hold(stub, false);
    wait_until(30, show_says(sagas, "shelf/B-1 hold: accepted, position 1000"));
    assert_false(show_says(sagas, "under way command"));
    assert_true(running_sagas_saga_is(sagas, "L-1", "ended", "hold-copies"));
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(stub_endpoint_count(stub), 1);
    stub_endpoint_stop(stub);
}

static void a_sent_command_of_an_abandoned_saga_is_not_sent_again_after_a_crash(void **state)
{
    struct running_sagas *sagas = *state;
    struct stub_endpoint *stub = stub_endpoint_start();
    struct annal_process saga;
    stub_endpoint_answer(stub, 503);
    running_sagas_request(sagas, "L-1");
    start_saga(sagas, stub, &saga);
    wait_until(30, stub_endpoint_count(stub) > 0);
    annal_kill(&saga);
    abandon(sagas);
    assert_true(show_says(sagas, "under way command shelf/B-1 hold"));
    int sent = stub_endpoint_count(stub);
    stub_endpoint_answer(stub, 200);
    start_saga(sagas, stub, &saga);
    wait_until(30, show_says(sagas, "the saga was abandoned; the command may have taken effect"));
    assert_false(show_says(sagas, "under way command"));
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(stub_endpoint_count(stub), sent);
    stub_endpoint_stop(stub);
}

static void rename_in_run(const struct running_sagas *sagas, const char *from, const char *to)
{
    AUTO(text) struct text old = {0};
    AUTO(text) struct text new = {0};
    text_printf(&old, "%s/run/%s", sagas->data, from);
    text_printf(&new, "%s/run/%s", sagas->data, to);
    assert_int_equal(rename(old.at, new.at), 0);
}

static bool status_says(const struct running_sagas *sagas, const char *member, const char *expected)
{
    AUTO(json)
    json_t *status = annal_run_json(sagas->data, (const char *[]){"status", "--json", NULL});
    AUTO(text) struct text value = {0};
    json_write(json_object_get(json_object_get(status, "sagas"), member), &value);
    return strcmp(value.at, expected) == 0;
}

static void a_failing_control_socket_is_shown_separately(void **state)
{
    struct running_sagas *sagas = *state;
    struct annal_process saga;
    AUTO(text) struct text out = {0};
    annal_start(&saga, sagas->data,
                (const char *[]){"saga", "--bus", "log:", "--from", "0", "--to", sagas->url, NULL});
    rename_in_run(sagas, "commands.sock", "away.sock");
    running_sagas_request(sagas, "L-1");
    wait_until(30, status_says(sagas, "control_unreachable", "true"));
    assert_true(status_says(sagas, "endpoint_unreachable", "false"));
    assert_int_equal(annal_run(sagas->data, (const char *[]){"status", NULL}, &out, NULL), 1);
    assert_text_contains(out.at, "their events wait: the control socket of annal commands");
    rename_in_run(sagas, "away.sock", "commands.sock");
    wait_until(30, status_says(sagas, "control_unreachable", "false"));
    wait_until(30, running_sagas_events(sagas, "saga.waiting.v1") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_true(status_says(sagas, "runner", "\"none\""));
    assert_true(status_says(sagas, "control_unreachable", "null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_command_with_ten_server_errors_makes_the_saga_stuck_until_resumed,
            running_sagas_setup, running_sagas_teardown),
        cmocka_unit_test_setup_teardown(
            a_command_under_way_of_an_abandoned_saga_is_shown_and_its_answer_noted,
            running_sagas_setup, running_sagas_teardown),
        cmocka_unit_test_setup_teardown(a_failing_control_socket_is_shown_separately,
                                        running_sagas_setup, running_sagas_teardown),
        cmocka_unit_test_setup_teardown(
            a_sent_command_of_an_abandoned_saga_is_not_sent_again_after_a_crash,
            running_sagas_setup, running_sagas_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
