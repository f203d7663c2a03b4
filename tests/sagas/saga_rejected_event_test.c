/* `annal commands` finally rejects an event of a saga: the saga is stuck and says why; once the cause
 * is removed, an operator resumes it and its state is reported. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"
#include "tests/sagas/stub_endpoint.h"

#include "base/json.h"
#include "http/control.h"

#include <stdatomic.h>

/* ---- the control socket of `annal commands`, as the test says ---- */

enum { ACCEPTS, REJECTS_REQUESTS, REJECTS_EVENTS };
static _Atomic int behavior;
static _Atomic int accepted; /* events */

static enum err take_events(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    const json_t *events = json_object_get(body, "events");
    json_t *results = json_array();
    (void)context;
    for (size_t i = 0; i < json_array_size(events); i++)
        json_array_append_new(results,
                              json_string(behavior == REJECTS_EVENTS ? "unknown event type" : ""));
    if (behavior == REJECTS_REQUESTS) {
        json_decref(results);
        return error_set(error, ERR_TOO_LARGE, "more than 1 KiB");
    }
    accepted += behavior == ACCEPTS ? (int)json_array_size(events) : 0;
    *ret_answer = json_pack("{s:o}", "results", results);
    return OK;
}

static struct control *control;

static void serve_control_socket(const struct running_sagas *sagas)
{
    static const struct control_route routes[] = {{"POST", "/saga-events", take_events}, {0}};
    assert_ok(control_open(&(struct control_options){.data_directory = sagas->data,
                                                     .role = "commands",
                                                     .routes = routes},
                           &control, &error));
}

/* ---- */

static struct stub_endpoint *stub;

static int begin(void **state)
{
    int err = running_sagas_setup(state);
    struct running_sagas *sagas = *state;
    running_sagas_request(sagas, "L-1");
    assert_int_equal(annal_stop(&sagas->commands, 30), 0);
    stub = stub_endpoint_start();
    stub_endpoint_answer(stub, 200);
    sagas->runner.commands_url = stub_endpoint_url(stub);
    accepted = 0;
    return err;
}

static int end(void **state)
{
    control_close(control);
    control = NULL;
    stub_endpoint_stop(stub);
    return running_sagas_teardown(state);
}

static void check_stuck(const struct running_sagas *sagas, const char *reason)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, reason);
}

/* Forks before the threads of the control socket exist: a sanitizer's allocator may be locked by a thread
 * that the child does not have. */
static pid_t start_runner(const struct running_sagas *sagas)
{
    control_close(control);
    control = NULL;
    pid_t pid = saga_process_start(&sagas->runner);
    serve_control_socket(sagas);
    return pid;
}

static void is_stuck_and_then_resumed(struct running_sagas *sagas, const char *reason)
{
    pid_t pid = start_runner(sagas);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "stuck", "await-approval"));
    check_stuck(sagas, reason);
    wait_until(30, running_sagas_count(sagas, "sagas.db", "SELECT count(*) FROM outbox") == 0);
    check_stuck(sagas, reason); /* also after the event saga.stuck.v1 was rejected */
    assert_int_equal(saga_process_stop(pid), 0);
    behavior = ACCEPTS;
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "resume", "L-1", NULL}, NULL, NULL), 0);
    pid = start_runner(sagas);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    wait_until(30, accepted == 1); /* saga.waiting.v1 */
    assert_int_equal(saga_process_stop(pid), 0);
}

static void a_saga_is_stuck_when_the_request_with_its_event_is_rejected(void **state)
{
    behavior = REJECTS_REQUESTS;
    is_stuck_and_then_resumed(*state, "answered with status 413: more than 1 KiB");
}

static void a_saga_is_stuck_when_its_event_is_rejected(void **state)
{
    behavior = REJECTS_EVENTS;
    is_stuck_and_then_resumed(*state, ".v1: unknown event type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_saga_is_stuck_when_the_request_with_its_event_is_rejected,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_saga_is_stuck_when_its_event_is_rejected, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
