/* The facts that all sagas record alike: a newer fact replaces an older one, the first failure stays,
 * and a blocked saga is stuck until an operator resumes it. A decision checks its target. */
#include "sagas/saga.h"
#include "tests/support/claims.h"

#include "base/json.h"

static json_t *facts;

static int begin(void **state)
{
    (void)state;
    facts = json_pack("{s:s}", "loan", "requested");
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_decref(facts);
    return 0;
}

static void a_newer_fact_replaces_an_older_one_in_any_order(void **state)
{
    (void)state;
    assert_true(saga_facts_note(facts, "loan", "approved", 5));
    assert_false(saga_facts_note(facts, "loan", "lent", 5));
    assert_false(saga_facts_note(facts, "loan", "requested", 4));
    assert_true(json_string_is(facts, "loan", "approved"));
    assert_true(saga_facts_note(facts, "loan", "returned", 6));
    assert_true(json_string_is(facts, "loan", "returned"));
    assert_int_equal(json_int_or(facts, "loanAt", 0), 6);
}

static void facts_of_different_members_are_independent(void **state)
{
    (void)state;
    assert_true(saga_facts_note(facts, "loan", "approved", 5));
    assert_true(saga_facts_note(facts, "shelf", "held", 4));
}

static void the_first_failure_stays(void **state)
{
    (void)state;
    assert_null(saga_facts_failed(facts));
    saga_facts_fail(facts, "book %s: %s", "B-1", "none left");
    saga_facts_fail(facts, "no approval");
    assert_string_equal(saga_facts_failed(facts), "book B-1: none left");
}

/* A domain may refuse with a text of any length; the event of a saga carries 500 bytes of it. */
static void a_long_reason_is_cut_between_two_characters(void **state)
{
    (void)state;
    char reason[3001] = {0};
    for (int i = 0; i < 1500; i++)
        memcpy(reason + (size_t)i * 2, "\xc3\xa9", 2);
    saga_facts_fail(facts, "x%s", reason);
    saga_facts_block(
        facts, &(struct saga_input){.category = "shelf", .command = "hold", .reason = reason});
    assert_int_equal(strlen(saga_facts_failed(facts)), 499);
    assert_int_equal(strlen(saga_facts_blocked(facts)), 500);
}

/* ---- blocked ---- */

static void evolve(json_t *object, const struct saga_input *input)
{
    json_object_set_new(object, "resumedWhileBlocked",
                        json_boolean(input->kind == SAGA_RESUMED && saga_facts_blocked(object)));
}

static void decide(const char *id, const json_t *object, struct saga_decision *ret)
{
    (void)object;
    saga_decision_send(ret, "hold", "shelf", "B-1", "hold", json_pack("{s:s}", "loanId", id));
}

static const struct saga_kind kind = {.name = "lending", .evolve = evolve, .decide = decide};

static void a_command_that_was_given_up_blocks_until_an_operator_resumes(void **state)
{
    (void)state;
    AUTO(saga_decision) struct saga_decision stuck = {0}, goes_on = {0};
    saga_evolve(
        &kind, facts,
        &(struct saga_input){
            .kind = SAGA_GIVEN_UP, .category = "shelf", .command = "hold", .reason = "too old"});
    saga_decide(&kind, "L-1", facts, &stuck);
    assert_int_equal(stuck.action, SAGA_BLOCK);
    assert_string_equal(stuck.step, "hold");
    assert_string_equal(stuck.reason, "shelf hold: too old");
    assert_null(stuck.body);
    saga_evolve(&kind, facts, &(struct saga_input){.kind = SAGA_RESUMED, .reason = ""});
    assert_true(json_is_true(json_object_get(facts, "resumedWhileBlocked")));
    saga_decide(&kind, "L-1", facts, &goes_on);
    assert_int_equal(goes_on.action, SAGA_SEND);
}

static void the_reason_names_a_question_that_was_given_up(void **state)
{
    (void)state;
    saga_facts_block(
        facts, &(struct saga_input){
                   .kind = SAGA_GIVEN_UP, .category = "shelf", .command = "", .reason = "too old"});
    assert_string_equal(saga_facts_blocked(facts), "shelf state: too old");
}

/* ---- decisions ---- */

/* An id that is cut would address another stream. */
static void a_target_that_is_not_a_valid_id_blocks(void **state)
{
    (void)state;
    char long_id[130] = {0};
    const char *const wrong[] = {long_id, "a b", ""};
    memset(long_id, 'x', 129);
    for (int i = 0; i < 3; i++) {
        AUTO(saga_decision) struct saga_decision sends = {0}, asks = {0};
        saga_decision_send(&sends, "work", "loan", wrong[i], "approve", json_object());
        saga_decision_ask(&asks, "work", "loan", wrong[i]);
        assert_int_equal(sends.action, SAGA_BLOCK);
        assert_int_equal(asks.action, SAGA_BLOCK);
        assert_text_contains(sends.reason, "cannot be an id");
        assert_null(sends.body);
    }
    long_id[128] = '\0';
    AUTO(saga_decision) struct saga_decision longest = {0};
    saga_decision_ask(&longest, "work", "loan", long_id);
    assert_int_equal(longest.action, SAGA_ASK);
}

int main(void)
{
#define OF_FACTS(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        OF_FACTS(a_newer_fact_replaces_an_older_one_in_any_order),
        OF_FACTS(facts_of_different_members_are_independent),
        OF_FACTS(the_first_failure_stays),
        OF_FACTS(a_long_reason_is_cut_between_two_characters),
        OF_FACTS(a_command_that_was_given_up_blocks_until_an_operator_resumes),
        OF_FACTS(the_reason_names_a_question_that_was_given_up),
        cmocka_unit_test(a_target_that_is_not_a_valid_id_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
