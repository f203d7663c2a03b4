/* The current scenario is in static variables. `when` checks what must hold for every decision. */
#include "tests/support/given_when_then.h"

#include "base/json.h"

static struct {
    const struct aggregate *aggregate;
    const char *id;
    void *state;
    struct decision decision;
    enum err result;
    struct error error;
    const struct catalogue_files *schemas;
    struct catalogue *catalogue;
} scenario;

static void forget_state(void)
{
    if (scenario.state)
        scenario.aggregate->destroy(scenario.state);
    scenario.state = NULL;
    decision_finish(&scenario.decision);
}

void scenarios_check_by(const struct catalogue_files *schemas)
{
    REQUIRE(!scenario.catalogue);
    scenario.schemas = schemas;
}

void scenarios_of(const struct aggregate *aggregate, const char *id)
{
    forget_state();
    scenario.aggregate = aggregate;
    scenario.id = id;
}

void scenarios_end(void)
{
    forget_state();
    catalogue_close(scenario.catalogue);
    memset(&scenario, 0, sizeof scenario);
}

const struct catalogue *scenario_catalogue(void)
{
    if (!scenario.catalogue)
        assert_ok(catalogue_open(scenario.schemas, NULL, &scenario.catalogue, &error));
    return scenario.catalogue;
}

static void assert_fits(const struct catalogue_entry *entry, const char *name, const json_t *json)
{
    if (!entry)
        fail_msg("%s has no schema", name);
    AUTO(schema_faults) struct schema_faults faults = {0};
    if (!json_schema_validate(entry->schema, json, &faults))
        fail_msg("%s: %s: %s", name, faults.fault[0].pointer, faults.fault[0].detail);
}

void assert_fits_event(const char *type, const json_t *data)
{
    assert_fits(catalogue_event(scenario_catalogue(), slice_of(type)), type, data);
}

void assert_fits_command(const char *category, const char *command, const json_t *body)
{
    assert_fits(catalogue_command(scenario_catalogue(), category, command), command, body);
}

json_t *told_json(const char *text)
{
    AUTO(text) struct text quoted = {0};
    text_add(&quoted, text);
    for (size_t i = 0; i < quoted.length; i++)
        if (quoted.at[i] == '\'')
            quoted.at[i] = '"';
    json_t *json = NULL;
    assert_ok(json_read(text_slice(&quoted), &json, &error));
    return json;
}

static void assert_same_json(const json_t *got, const json_t *expected, const char *what)
{
    if (json_equal(got, expected))
        return;
    AUTO(text) struct text got_text = {0}, expected_text = {0};
    json_write(got, &got_text);
    json_write(expected, &expected_text);
    fail_msg("%s: expected %s, got %s", what, expected_text.at, got_text.at);
}

static void assert_state_survives_its_json(void)
{
    const struct aggregate *aggregate = scenario.aggregate;
    AUTO(json) json_t *json = aggregate->to_json(scenario.state);
    void *copy = NULL;
    assert_ok(aggregate->from_json(json, &copy, &error));
    AUTO(json) json_t *again = aggregate->to_json(copy);
    assert_same_json(again, json, "the state read back");
    assert_int_equal(aggregate->size(copy) > 0, true);
    aggregate->destroy(copy);
}

void scenario_given(const struct scenario_event *history)
{
    forget_state();
    scenario.state = scenario.aggregate->create();
    for (; history->type; history++) {
        AUTO(json) json_t *data = told_json(history->data);
        if (catalogue_event(scenario_catalogue(), slice_of(history->type)))
            assert_fits_event(history->type, data);
        assert_ok(scenario.aggregate->evolve(scenario.state, history->type, data, &error));
    }
    assert_state_survives_its_json();
}

void given_nothing(void)
{
    scenario_given((const struct scenario_event[]){{0}});
}

static void assert_kind_lists(const struct command_kind *kind, const char *type)
{
    for (size_t i = 0; kind->events[i]; i++)
        if (strcmp(kind->events[i], type) == 0)
            return;
    fail_msg("%s is not among the events of %s", type, kind->name);
}

static void let_happen(const struct command_kind *kind)
{
    for (size_t i = 0; i < scenario.decision.count; i++) {
        struct decided_event *event = &scenario.decision.events[i];
        assert_kind_lists(kind, event->type);
        assert_fits_event(event->type, event->data);
        assert_ok(scenario.aggregate->evolve(scenario.state, event->type, event->data, &error));
    }
}

void when(const char *command, const char *data)
{
    const struct command_kind *kind = aggregate_command(scenario.aggregate, command);
    assert_non_null(kind);
    AUTO(json) json_t *json = told_json(data);
    assert_fits_command(scenario.aggregate->category, command, json);
    const struct command sent = {.id = scenario.id, .data = json, .now_us = SCENARIO_NOW_US};
    AUTO(json) json_t *before = scenario.aggregate->to_json(scenario.state);

    decision_finish(&scenario.decision);
    scenario.result = kind->decide(scenario.state, &sent, &scenario.decision, &scenario.error);
    AUTO(json) json_t *after = scenario.aggregate->to_json(scenario.state);
    assert_same_json(after, before, "deciding must not change the state");
    if (scenario.result == OK)
        let_happen(kind);
    assert_state_survives_its_json();
}

void scenario_then(const struct scenario_event *expected)
{
    if (scenario.result != OK)
        fail_msg("refused: %s", scenario.error.text);
    const struct decision *decision = &scenario.decision;
    size_t i = 0;
    for (; expected[i].type; i++) {
        if (i == decision->count)
            fail_msg("%s did not happen", expected[i].type);
        assert_string_equal(decision->events[i].type, expected[i].type);
        AUTO(json) json_t *data = told_json(expected[i].data);
        assert_same_json(decision->events[i].data, data, expected[i].type);
    }
    if (i < decision->count)
        fail_msg("%s happened, too", decision->events[i].type);
}

void then_nothing(void)
{
    scenario_then((const struct scenario_event[]){{0}});
}

void then_refused(const char *part)
{
    assert_int_equal(scenario.result, ERR_REFUSED);
    assert_text_contains(scenario.error.text, part);
}

void then_state(const char *json)
{
    AUTO(json) json_t *expected = told_json(json);
    AUTO(json) json_t *state = scenario.aggregate->to_json(scenario.state);
    assert_same_json(state, expected, "the state");
}

enum err scenario_result(void)
{
    return scenario.result;
}

const char *scenario_refusal(void)
{
    return scenario.error.text;
}

const struct decision *scenario_decision(void)
{
    return &scenario.decision;
}

const void *scenario_state(void)
{
    return scenario.state;
}
