/* A command that the endpoint rejects for its form is a mistake in the saga: the saga is stuck with the
 * reason, and does not compensate. It compensates only if the domain refuses. An unusual
 * correlation id of the event that began the saga does not spoil its commands. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"
#include "tests/support/own_log.h"

#include <stdio.h>

/* A saga that sends one command, and compensates if it is refused. */
static struct {
    const char *category, *command, *body;
    size_t padding; /* bytes of a body that is too large */
} wanted;

static const char *concerns(const char *category, const char *id, const json_t *event_data)
{
    (void)event_data;
    return strcmp(category, "loan") == 0 ? id : NULL;
}

static json_t *begin(const char *id, const json_t *event_data, const json_t *settings)
{
    (void)id, (void)event_data, (void)settings;
    return json_object();
}

static void evolve(json_t *facts, const struct saga_input *input)
{
    if (input->kind == SAGA_ANSWER)
        json_object_set_new(facts, input->accepted ? "done" : "undone", json_true());
}

static json_t *body_wanted(void)
{
    AUTO(text) struct text padding = {0};
    if (!wanted.padding)
        return json_loads(wanted.body, 0, NULL);
    memset(text_reserve(&padding, wanted.padding), 'x', wanted.padding);
    padding.length = wanted.padding;
    return json_pack("{s:s#}", "reason", padding.at, (int)padding.length);
}

static void decide(const char *id, const json_t *facts, struct saga_decision *ret)
{
    if (json_object_get(facts, "done"))
        saga_decision_rest(ret, "done", 0);
    else if (json_object_get(facts, "undone"))
        saga_decision_rest(ret, "undone", 0);
    else
        saga_decision_send(ret, "send", wanted.category, id, wanted.command, body_wanted());
}

static const struct saga_step steps[] = {
    {"send", SAGA_RUNNING, {"done", "undone"}},
    {"done", SAGA_ENDED, {NULL}},
    {"undone", SAGA_ENDED, {NULL}},
    {0},
};
static const char *const event_types[] = {"loan.requested.v1", NULL};
static const struct saga_kind sender = {.name = "sender",
                                        .version = 1,
                                        .summary = "sends one command",
                                        .steps = steps,
                                        .event_types = event_types,
                                        .begins_with = "loan.requested.v1",
                                        .concerns = concerns,
                                        .begin = begin,
                                        .evolve = evolve,
                                        .decide = decide};
static const struct saga_kind *const senders[] = {&sender, NULL};

static void run_until(struct running_sagas *sagas, const char *phase, const char *step)
{
    sagas->runner.kinds = senders;
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", phase, step));
    assert_int_equal(saga_process_stop(pid), 0);
}

static void stuck_with(const struct running_sagas *sagas, const char *part)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(sagas->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, part);
}

static int request_loan(void **state)
{
    int err = running_sagas_setup(state);
    running_sagas_request(*state, "L-1");
    return err;
}

static void a_refusal_by_the_domain_is_compensated(void **state)
{
    wanted.category = "loan", wanted.command = "lend", wanted.body = "{}";
    run_until(*state, "ended", "undone");
}

static void an_unknown_command_makes_the_saga_stuck(void **state)
{
    wanted.category = "loan", wanted.command = "approev", wanted.body = "{}";
    run_until(*state, "stuck", "send");
    stuck_with(*state, "loan approev: not accepted as a command, status 404: ");
}

static void a_command_that_does_not_match_its_schema_makes_the_saga_stuck(void **state)
{
    wanted.category = "loan", wanted.command = "cancel", wanted.body = "{\"reasons\":\"none\"}";
    run_until(*state, "stuck", "send");
    stuck_with(*state, "loan cancel: not accepted as a command, status 422: ");
    stuck_with(*state, "reasons");
}

static void a_command_that_is_too_large_makes_the_saga_stuck(void **state)
{
    wanted.category = "loan", wanted.command = "cancel", wanted.padding = 3 << 20;
    run_until(*state, "stuck", "send");
    wanted.padding = 0;
    stuck_with(*state, "loan cancel: not accepted as a command, status 413: ");
}

/* ---- unusual correlation ids ---- */

/* An external event may have any of these: written into the log while no other process has it open. */
static void append_requested(struct running_sagas *sagas, const char *meta)
{
    AUTO(event_store) struct event_store *log = NULL;
    struct event event = {.type = slice_of("loan.requested.v1"),
                          .id = slice_of("e-1"),
                          .data = slice_of("{}"),
                          .meta = slice_of(meta)};
    assert_int_equal(annal_stop(&sagas->commands, 30), 0);
    assert_ok(own_log_open(sagas->data, EVENT_STORE_WRITE, &log, &error));
    own_log_append(log, "loan/L-1", 1, &event);
}

static void restart_commands(struct running_sagas *sagas)
{
    annal_start(&sagas->commands, sagas->data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(sagas->url, sizeof sagas->url, "http://%s", annal_address(&sagas->commands, NULL));
}

static void begins_with(struct running_sagas *sagas, const char *correlation, const char *carried)
{
    AUTO(text) struct text meta = {0};
    AUTO(text) struct text sql = {0};
    text_printf(&meta, "{\"correlationid\":\"%s\"}", correlation);
    append_requested(sagas, meta.at);
    restart_commands(sagas);
    wanted.category = "shelf", wanted.command = "stock", wanted.body = "{\"copies\":1}";
    run_until(sagas, "ended", "done");
    text_printf(&sql,
                "SELECT count(*) FROM event_log WHERE stream = 'shelf/L-1' "
                "AND json_extract(meta, '$.correlationid') = '%s'",
                carried);
    assert_int_equal(running_sagas_count(sagas, "events.db", sql.at), 1);
}

static void a_correlation_id_that_a_header_can_carry_is_kept(void **state)
{
    begins_with(*state, "visit/42", "visit/42");
}

static void the_saga_s_id_replaces_a_correlation_id_with_a_space(void **state)
{
    begins_with(*state, "visit 42", "L-1");
}

static void the_saga_s_id_replaces_a_correlation_id_with_quotes(void **state)
{
    begins_with(*state, "visit \\\"42\\\"", "L-1");
}

static void the_saga_s_id_replaces_a_correlation_id_beyond_ascii(void **state)
{
    begins_with(*state, "bes\xc3\xb8k", "L-1");
}

int main(void)
{
#define RUNNING(claim)                                                                             \
    cmocka_unit_test_setup_teardown(claim, running_sagas_setup, running_sagas_teardown)
#define WITH_A_LOAN(claim)                                                                         \
    cmocka_unit_test_setup_teardown(claim, request_loan, running_sagas_teardown)
    const struct CMUnitTest tests[] = {
        WITH_A_LOAN(a_refusal_by_the_domain_is_compensated),
        WITH_A_LOAN(an_unknown_command_makes_the_saga_stuck),
        WITH_A_LOAN(a_command_that_does_not_match_its_schema_makes_the_saga_stuck),
        WITH_A_LOAN(a_command_that_is_too_large_makes_the_saga_stuck),
        RUNNING(a_correlation_id_that_a_header_can_carry_is_kept),
        RUNNING(the_saga_s_id_replaces_a_correlation_id_with_a_space),
        RUNNING(the_saga_s_id_replaces_a_correlation_id_with_quotes),
        RUNNING(the_saga_s_id_replaces_a_correlation_id_beyond_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
