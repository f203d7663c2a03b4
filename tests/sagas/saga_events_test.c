/* How the runner's events get into the log: over the control socket of `annal commands`, each once, in
 * their order; an invalid one is rejected by itself. */
#include "tests/sagas/running_sagas.h"

#include "base/json.h"
#include "http/control.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *saga_event(const char *id, const char *type, const char *event, const char *step)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "id", id, "type", type, "event",
                     event, "correlation", "c", "traceparent", "", "data", "saga", "loan_handling",
                     "step", step);
}

static json_t *four_events(void)
{
    return json_pack("{s:[o, o, o, o]}", "events", saga_event("L-1", "saga.started.v1", "1", "a"),
                     saga_event("L-2", "saga.started.v1", "2", "a"),
                     saga_event("L-1", "saga.waiting.v1", "3", "b"),
                     saga_event("L-1", "saga.ended.v1", "4", "c"));
}

static json_t *append(const struct running_sagas *sagas, const json_t *events)
{
    json_t *answer = NULL;
    assert_ok(control_call(sagas->data, "commands", "POST", "/saga-events", events, 5000, &answer,
                           &error));
    return answer;
}

static const char *result(const json_t *answer, size_t place)
{
    return json_string_value(json_array_get(json_object_get(answer, "results"), place));
}

/* How many requests the desk has executed. */
static int desk_commands(const struct running_sagas *sagas)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(sagas->address, "/metrics", &reply);
    const char *found = strstr(reply.body.at, "annal_command_seconds_count");
    assert_non_null(found);
    return atoi(strchr(found, ' '));
}

static void the_events_of_a_saga_are_stored_together_in_their_order(void **state)
{
    const struct running_sagas *sagas = *state;
    AUTO(json) json_t *events = four_events();
    int before = desk_commands(sagas);
    AUTO(json) json_t *answer = append(sagas, events);
    assert_int_equal(json_array_size(json_object_get(answer, "results")), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(result(answer, i), "");
    assert_int_equal(desk_commands(sagas) - before, 2); /* one for each saga */
    assert_int_equal(
        running_sagas_count(sagas, "events.db",
                            "SELECT group_concat(json_extract(data, '$.step'), '') = 'abc' FROM "
                            "(SELECT data FROM event_log WHERE stream = 'saga/L-1' "
                            "ORDER BY version)"),
        1);
}

static void a_stored_event_is_not_stored_again(void **state)
{
    const struct running_sagas *sagas = *state;
    AUTO(json) json_t *events = four_events();
    json_decref(append(sagas, events));
    json_array_append_new(json_object_get(events, "events"),
                          saga_event("L-1", "saga.stuck.v1", "5", "d"));
    json_decref(append(sagas, events));
    assert_int_equal(running_sagas_events(sagas, "saga.started.v1"), 2);
    assert_int_equal(running_sagas_events(sagas, "saga.ended.v1"), 1);
    assert_int_equal(running_sagas_events(sagas, "saga.stuck.v1"), 1);
}

static void a_rejected_event_does_not_block_the_others(void **state)
{
    const struct running_sagas *sagas = *state;
    AUTO(json) json_t *list = json_array();
    AUTO(json) json_t *events = json_pack("{s:O}", "events", list);
    json_array_append_new(list, saga_event("L-1", "saga.started.v1", "1", "a"));
    json_array_append_new(list, saga_event("L-1", "loan.requested.v1", "2", "b"));
    json_array_append_new(list, saga_event("", "saga.ended.v1", "3", "c"));
    json_array_append_new(list, saga_event("L-1", "saga.ended.v1", "4", "d"));
    AUTO(json) json_t *answer = append(sagas, events);
    assert_string_equal(result(answer, 0), "");
    assert_text_contains(result(answer, 1), "unknown event type saga.… loan.requested.v1");
    assert_text_contains(result(answer, 2), "the id is not valid");
    assert_string_equal(result(answer, 3), "");
    assert_int_equal(running_sagas_events(sagas, "saga.ended.v1"), 1);
}

static void a_request_without_events_is_rejected(void **state)
{
    const struct running_sagas *sagas = *state;
    AUTO(json) json_t *empty = json_pack("{s:[]}", "events");
    AUTO(json) json_t *answer = NULL;
    struct error refusal = {0};
    assert_int_equal(control_call(sagas->data, "commands", "POST", "/saga-events", empty, 5000,
                                  &answer, &refusal),
                     ERR_BAD_REQUEST);
    assert_text_contains(refusal.text, "must be 1 to 64 events");
}

int main(void)
{
#define RUNNING(claim)                                                                             \
    cmocka_unit_test_setup_teardown(claim, running_sagas_setup, running_sagas_teardown)
    const struct CMUnitTest tests[] = {
        RUNNING(the_events_of_a_saga_are_stored_together_in_their_order),
        RUNNING(a_stored_event_is_not_stored_again),
        RUNNING(a_rejected_event_does_not_block_the_others),
        RUNNING(a_request_without_events_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
