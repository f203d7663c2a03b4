/* The current saga is in static variables. `evolve` and `decide_again` check what must hold for every
 * saga.
 */
#include "tests/support/saga_scenario.h"

#include "base/json.h"

#include <stdio.h>

#define STREAM_BYTES (2 * SAGA_ID_BYTES)

static struct {
    const struct saga_kind *kind;
    char id[SAGA_ID_BYTES];
    char step[65]; /* where it is */
    json_t *facts;
    struct saga_decision decision;
    int64_t position, begun_at;
} saga;

static void decide_once_more(const struct saga_decision *first)
{
    AUTO(saga_decision) struct saga_decision again = {0};
    saga_decide(saga.kind, saga.id, saga.facts, &again);
    assert_int_equal(again.action, first->action);
    assert_string_equal(again.step, first->step);
    assert_true(json_equal(again.body, first->body) || !first->body);
}

static void decide_again(void)
{
    struct saga_decision *decision = &saga.decision;
    saga_decision_finish(decision);
    *decision = (struct saga_decision){0};
    saga_decide(saga.kind, saga.id, saga.facts, decision);
    assert_non_null(decision->step);
    decide_once_more(decision);
    assert_ok(saga_move_check(saga.kind, saga.id, saga.step, decision->step, &error));
    snprintf(saga.step, sizeof saga.step, "%s", decision->step);
    if (decision->action == SAGA_SEND &&
        catalogue_command(scenario_catalogue(), decision->category, decision->command))
        assert_fits_command(decision->category, decision->command, decision->body);
}

static void evolve(const struct saga_input *input)
{
    saga_evolve(saga.kind, saga.facts, input);
    if (input->kind != SAGA_EVENT)
        return;
    AUTO(json) json_t *once = json_deep_copy(saga.facts);
    saga_evolve(saga.kind, saga.facts, input);
    if (!json_equal(once, saga.facts))
        fail_msg("%s, taken in again, changes its facts", input->type);
}

static void see(const char *stream, const char *type, const char *data_text, bool own,
                int64_t position)
{
    char category[STREAM_BYTES];
    const char *slash = strchr(stream, '/');
    AUTO(json) json_t *data = told_json(data_text);
    assert_non_null(slash);
    snprintf(category, sizeof category, "%.*s", (int)(slash - stream), stream);
    if (catalogue_event(scenario_catalogue(), slice_of(type)))
        assert_fits_event(type, data);
    assert_string_equal(saga.kind->concerns(category, slash + 1, data), saga.id);
    evolve(&(struct saga_input){.kind = SAGA_EVENT,
                                .category = category,
                                .id = slash + 1,
                                .command = "",
                                .type = type,
                                .data = data,
                                .position = position,
                                .own = own,
                                .reason = ""});
}

/* Answers its command or question. */
static void take_answer(struct saga_input answer)
{
    char id[SAGA_ID_BYTES];
    assert_true(saga.decision.action == SAGA_SEND || saga.decision.action == SAGA_ASK);
    snprintf(id, sizeof id, "%s", saga.decision.target);
    answer.category = saga.decision.category;
    answer.id = id;
    answer.command = saga.decision.command;
    answer.reason = answer.reason ? answer.reason : "";
    evolve(&answer);
    decide_again();
}

void begun_with(const struct saga_kind *kind, const char *id, const char *data_text,
                const char *settings_text)
{
    AUTO(json) json_t *data = told_json(data_text), *settings = told_json(settings_text);
    saga_scenarios_end();
    if (catalogue_event(scenario_catalogue(), slice_of(kind->begins_with)))
        assert_fits_event(kind->begins_with, data);
    saga.kind = kind;
    saga.position = saga.begun_at = 10;
    snprintf(saga.id, sizeof saga.id, "%s", id);
    snprintf(saga.step, sizeof saga.step, "%s", kind->steps[0].name);
    saga.facts = kind->begin(id, data, settings);
    assert_non_null(saga.facts);
    decide_again();
}

void begun(const struct saga_kind *kind, const char *id, const char *data)
{
    begun_with(kind, id, data, "{}");
}

void saga_scenarios_end(void)
{
    json_decref(saga.facts);
    saga_decision_finish(&saga.decision);
    memset(&saga, 0, sizeof saga);
}

void happened(const char *stream, const char *type, const char *data)
{
    see(stream, type, data, false, ++saga.position);
    decide_again();
}

void happened_by_itself(const char *stream, const char *type, const char *data)
{
    see(stream, type, data, true, ++saga.position);
    decide_again();
}

void meanwhile(const char *stream, const char *type, const char *data)
{
    assert_true(saga.decision.action == SAGA_SEND || saga.decision.action == SAGA_ASK);
    see(stream, type, data, false, ++saga.position);
}

void happened_late(const char *stream, const char *type, const char *data)
{
    AUTO(json) json_t *before = json_deep_copy(saga.facts);
    see(stream, type, data, true, saga.begun_at);
    if (!json_equal(before, saga.facts))
        fail_msg("%s, which came late, changes what it knows", type);
    decide_again();
}

void accepted(void)
{
    take_answer(
        (struct saga_input){.kind = SAGA_ANSWER, .accepted = true, .position = ++saga.position});
}

void accepted_without_news(void)
{
    take_answer((struct saga_input){
        .kind = SAGA_ANSWER, .accepted = true, .nothing_new = true, .position = ++saga.position});
}

void refused(const char *reason)
{
    take_answer((struct saga_input){.kind = SAGA_ANSWER, .reason = reason});
}

void given_up(const char *reason)
{
    take_answer((struct saga_input){.kind = SAGA_GIVEN_UP, .reason = reason});
}

void answered(const char *state)
{
    AUTO(json) json_t *data = told_json(state);
    assert_int_equal(saga.decision.action, SAGA_ASK);
    take_answer((struct saga_input){.kind = SAGA_ANSWER, .accepted = true, .data = data});
}

void found_nothing(void)
{
    assert_int_equal(saga.decision.action, SAGA_ASK);
    take_answer((struct saga_input){.kind = SAGA_ANSWER, .accepted = true, .nothing_new = true});
}

void timed_out(void)
{
    assert_int_equal(saga.decision.action, SAGA_REST);
    assert_true(saga.decision.timeout_ms > 0);
    evolve(&(struct saga_input){.kind = SAGA_TIMEOUT});
    decide_again();
}

void resumed(void)
{
    assert_int_equal(saga.decision.action, SAGA_BLOCK);
    evolve(&(struct saga_input){.kind = SAGA_RESUMED, .reason = ""});
    decide_again();
}

static void is_for(const char *stream)
{
    char target[STREAM_BYTES];
    snprintf(target, sizeof target, "%s/%s", saga.decision.category, saga.decision.target);
    assert_string_equal(target, stream);
}

void wants(const char *stream, const char *command, const char *body)
{
    AUTO(json) json_t *expected = told_json(body);
    AUTO(text) struct text got = {0};
    if (saga.decision.action != SAGA_SEND)
        fail_msg("it wants nothing but is at %s, %s", saga.step, saga.decision.reason);
    is_for(stream);
    assert_string_equal(saga.decision.command, command);
    json_write(saga.decision.body, &got);
    if (!json_equal(saga.decision.body, expected))
        fail_msg("%s instead of %s", got.at, body);
}

void asks(const char *stream)
{
    assert_int_equal(saga.decision.action, SAGA_ASK);
    is_for(stream);
}

void rests(const char *step)
{
    if (saga.decision.action == SAGA_BLOCK)
        fail_msg("blocked: %s", saga.decision.reason);
    assert_int_equal(saga.decision.action, SAGA_REST);
    assert_string_equal(saga.decision.step, step);
}

void rests_for(const char *step, int64_t timeout_ms)
{
    rests(step);
    assert_int_equal(saga.decision.timeout_ms, timeout_ms);
}

void blocked(const char *part)
{
    assert_int_equal(saga.decision.action, SAGA_BLOCK);
    assert_text_contains(saga.decision.reason, part);
}
