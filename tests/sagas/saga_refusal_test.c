/* A command that the endpoint cannot accept as one is a mistake in the saga: it is stuck and says
 * why, and nothing is undone. Only the domain's own no is undone. */
#include "tests/sagas/saga_process.h"
#include "tests/sagas/shop.h"

#include <stdio.h>

/* A saga that tells one thing, and undoes what was refused. */
static struct {
    const char *category, *command, *body;
    size_t padding; /* bytes of a body that is too large */
} wanted;

static const char *concerns(const char *category, const char *id, const json_t *event_data)
{
    (void)event_data;
    return strcmp(category, "order") == 0 ? id : NULL;
}

static json_t *begin(const char *id, const json_t *event_data, const struct saga_settings *settings)
{
    (void)id, (void)event_data, (void)settings;
    return json_object();
}

static void learn(json_t *facts, const struct saga_input *input)
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

static void plan(const char *id, const json_t *facts, struct saga_plan *ret)
{
    if (json_object_get(facts, "done"))
        saga_plan_rest(ret, "done", 0);
    else if (json_object_get(facts, "undone"))
        saga_plan_rest(ret, "undone", 0);
    else
        saga_plan_send(ret, "tell", wanted.category, id, wanted.command, body_wanted());
}

static const struct saga_step steps[] = {
    {"tell", SAGA_RUNNING, {"done", "undone"}},
    {"done", SAGA_ENDED, {NULL}},
    {"undone", SAGA_ENDED, {NULL}},
    {0},
};
static const char *const event_types[] = {"order.placed.v1", NULL};
static const struct saga_kind teller = {.name = "teller",
                                        .version = 1,
                                        .summary = "tells one thing",
                                        .steps = steps,
                                        .event_types = event_types,
                                        .begins_with = "order.placed.v1",
                                        .concerns = concerns,
                                        .begin = begin,
                                        .learn = learn,
                                        .plan = plan};
static const struct saga_kind *const tellers[] = {&teller, NULL};

static void run_until(struct shop *shop, const char *phase, const char *step)
{
    shop->runner.kinds = tellers;
    shop_place(shop, "O-1");
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, shop_saga_is(shop, "O-1", phase, step));
    assert_int_equal(saga_process_stop(pid), 0);
}

static void says(const struct shop *shop, const char *part)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, part);
}

static void a_refusal_by_the_domain_is_undone(void **state)
{
    wanted.category = "order", wanted.command = "ship", wanted.body = "{\"carrier\":\"Post\"}";
    run_until(*state, "ended", "undone");
}

static void a_command_that_does_not_exist_is_stuck(void **state)
{
    wanted.category = "order", wanted.command = "confrim", wanted.body = "{}";
    run_until(*state, "stuck", "tell");
    says(*state, "order confrim: not accepted as a command, status 404: ");
}

static void a_command_that_breaks_its_schema_is_stuck(void **state)
{
    wanted.category = "order", wanted.command = "cancel", wanted.body = "{\"reasons\":\"none\"}";
    run_until(*state, "stuck", "tell");
    says(*state, "order cancel: not accepted as a command, status 422: ");
    says(*state, "reasons");
}

static void a_command_that_is_too_large_is_stuck(void **state)
{
    wanted.category = "order", wanted.command = "cancel", wanted.padding = 3 << 20;
    run_until(*state, "stuck", "tell");
    wanted.padding = 0;
    says(*state, "order cancel: not accepted as a command, status 413: ");
}

int main(void)
{
#define IN_A_SHOP(claim) cmocka_unit_test_setup_teardown(claim, shop_setup, shop_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_SHOP(a_refusal_by_the_domain_is_undone),
        IN_A_SHOP(a_command_that_does_not_exist_is_stuck),
        IN_A_SHOP(a_command_that_breaks_its_schema_is_stuck),
        IN_A_SHOP(a_command_that_is_too_large_is_stuck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
