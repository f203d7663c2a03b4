/* The runner does not start with a table of sagas that is inconsistent; the error says where. */
#include "sagas/saga_runner.h"
#include "sagas/saga_table.h"
#include "tests/domain/lending.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include <string.h>

static struct saga_kind kind;
static struct saga_step steps[SAGA_NEXT_MOST + 2];
static const struct saga_kind *table[] = {&kind, NULL, NULL};
static char long_name[80];

static int begin(void **state)
{
    (void)state;
    kind = *lending.sagas[0];
    memset(steps, 0, sizeof steps);
    steps[0] = (struct saga_step){"begin", SAGA_RUNNING, {"end"}};
    steps[1] = (struct saga_step){"end", SAGA_ENDED, {NULL}};
    kind.steps = steps;
    table[1] = NULL;
    memset(long_name, 'x', 65);
    return 0;
}

static void is_wrong(const char *part)
{
    struct error refusal = {0};
    assert_int_equal(saga_table_check(table, &refusal), ERR_DEFINITION);
    assert_text_contains(refusal.text, part);
}

static void a_consistent_table_is_accepted(void **state)
{
    (void)state;
    assert_ok(saga_table_check(table, &error));
    assert_ok(saga_table_check(lending.sagas, &error));
}

static void a_name_that_is_too_long_or_has_other_characters_is_rejected(void **state)
{
    (void)state;
    kind.name = long_name;
    is_wrong("the name of saga xxxxxxxx");
    kind.name = "two words";
    is_wrong("the name of saga two words is not valid: 1 to 64");
    kind.name = "Travel-booking"; /* the schemas of its events do not allow it */
    is_wrong("the name of saga Travel-booking is not valid");
    kind.name = "9lives";
    is_wrong("the name of saga 9lives is not valid");
    kind.name = "travel";
    steps[1].name = steps[0].next[0] = long_name;
    is_wrong("saga travel: the name of step xxxxxxxx");
    long_name[64] = '\0';
    assert_ok(saga_table_check(table, &error));
    steps[1].name = steps[0].next[0] = "at the end";
    is_wrong("saga travel: the name of step at the end is not valid");
}

static void inconsistent_steps_are_rejected(void **state)
{
    (void)state;
    steps[0].next[0] = "ende";
    is_wrong("step begin of saga loan_handling leads to ende");
    steps[0].next[0] = steps[1].name = "begin";
    is_wrong("has two steps begin");
    steps[0].next[0] = steps[1].name = "end";
    steps[1].phase = SAGA_STUCK;
    is_wrong("step end of saga loan_handling has a phase");
    steps[1].phase = SAGA_ENDED;
    for (int i = 0; i < SAGA_NEXT_MOST; i++)
        steps[0].next[i] = "end";
    assert_ok(saga_table_check(table, &error)); /* full */
    steps[0].name = NULL;
    is_wrong("has no steps");
}

static void a_saga_that_can_never_begin_is_rejected(void **state)
{
    (void)state;
    kind.begins_with = "loan.requsted.v1";
    is_wrong("begins with loan.requsted.v1, which is not among");
    kind.begins_with = NULL;
    is_wrong("begins with nothing");
    kind = *lending.sagas[0];
    kind.decide = NULL;
    is_wrong("needs concerns, begin, evolve and decide");
}

static void versions_out_of_order_are_rejected(void **state)
{
    (void)state;
    static struct saga_kind newer;
    newer = kind;
    newer.version = 2;
    table[1] = &newer;
    is_wrong("version 2 of saga loan_handling is listed after version 1");
    newer.version = 1;
    is_wrong("each once");
    kind.version = 2;
    assert_ok(saga_table_check(table, &error));
    newer.version = 0;
    is_wrong("has version 0");
}

static void the_runner_does_not_start_with_an_inconsistent_table(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    AUTO(saga_runner) struct saga_runner *runner = NULL;
    struct bus_url bus = {.is_log = true};
    struct error refusal = {0};
    kind.name = long_name;
    const struct saga_runner_options options = {.data_directory = data,
                                                .log_url = own_log_url(data),
                                                .bus = &bus,
                                                .commands_url = "http://127.0.0.1:1",
                                                .kinds = table};
    assert_int_equal(saga_runner_open(&options, &runner, &refusal), ERR_DEFINITION);
    assert_text_contains(refusal.text, "the name of saga xxx");
    test_directory_remove(data);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        CLAIM(a_consistent_table_is_accepted),
        CLAIM(a_name_that_is_too_long_or_has_other_characters_is_rejected),
        CLAIM(inconsistent_steps_are_rejected),
        CLAIM(a_saga_that_can_never_begin_is_rejected),
        CLAIM(versions_out_of_order_are_rejected),
        CLAIM(the_runner_does_not_start_with_an_inconsistent_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
