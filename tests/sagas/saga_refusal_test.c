/* A command that the endpoint cannot accept as one is a mistake in the saga: it is stuck and says
 * why, and nothing is undone. Only the domain's own no is undone. What is odd about the event it
 * began with does not make its commands so. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"
#include "tests/support/own_log.h"

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
        saga_decision_send(ret, "tell", wanted.category, id, wanted.command, body_wanted());
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
                                        .evolve = evolve,
                                        .decide = decide};
static const struct saga_kind *const tellers[] = {&teller, NULL};

static void run_until(struct running_shop *shop, const char *phase, const char *step)
{
    shop->runner.kinds = tellers;
    pid_t pid = saga_process_start(&shop->runner);
    wait_until(30, running_shop_saga_is(shop, "O-1", phase, step));
    assert_int_equal(saga_process_stop(pid), 0);
}

static void says(const struct running_shop *shop, const char *part)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"sagas", "list", "stuck", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, part);
}

static int place(void **state)
{
    int err = running_shop_setup(state);
    running_shop_place(*state, "O-1");
    return err;
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

/* ---- odd correlation ids ---- */

/* What an external event may say: written into the log while no other process has it open. */
static void append_placed(struct running_shop *shop, const char *meta)
{
    AUTO(event_store) struct event_store *log = NULL;
    struct event event = {.type = slice_of("order.placed.v1"),
                          .id = slice_of("e-1"),
                          .data = slice_of("{}"),
                          .meta = slice_of(meta)};
    assert_int_equal(annal_stop(&shop->commands, 30), 0);
    assert_ok(own_log_open(shop->data, EVENT_STORE_WRITE, &log, &error));
    own_log_append(log, "order/O-1", 1, &event);
}

static void open_again(struct running_shop *shop)
{
    annal_start(&shop->commands, shop->data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(shop->url, sizeof shop->url, "http://%s", annal_address(&shop->commands, NULL));
}

static void begins_with(struct running_shop *shop, const char *correlation, const char *carried)
{
    AUTO(text) struct text meta = {0};
    AUTO(text) struct text sql = {0};
    text_printf(&meta, "{\"correlationid\":\"%s\"}", correlation);
    append_placed(shop, meta.at);
    open_again(shop);
    wanted.category = "inventory", wanted.command = "receive", wanted.body = "{\"quantity\":1}";
    run_until(shop, "ended", "done");
    text_printf(&sql,
                "SELECT count(*) FROM event_log WHERE stream = 'inventory/O-1' "
                "AND json_extract(meta, '$.correlationid') = '%s'",
                carried);
    assert_int_equal(running_shop_count(shop, "events.db", sql.at), 1);
}

static void a_correlation_id_that_a_header_can_carry_is_kept(void **state)
{
    begins_with(*state, "visit/42", "visit/42");
}

static void one_with_a_space_gives_way_to_the_saga_s_id(void **state)
{
    begins_with(*state, "visit 42", "O-1");
}

static void one_with_quotes_gives_way_to_the_saga_s_id(void **state)
{
    begins_with(*state, "visit \\\"42\\\"", "O-1");
}

static void one_beyond_ascii_gives_way_to_the_saga_s_id(void **state)
{
    begins_with(*state, "bes\xc3\xb8k", "O-1");
}

int main(void)
{
#define IN_A_SHOP(claim)                                                                           \
    cmocka_unit_test_setup_teardown(claim, running_shop_setup, running_shop_teardown)
#define WITH_AN_ORDER(claim) cmocka_unit_test_setup_teardown(claim, place, running_shop_teardown)
    const struct CMUnitTest tests[] = {
        WITH_AN_ORDER(a_refusal_by_the_domain_is_undone),
        WITH_AN_ORDER(a_command_that_does_not_exist_is_stuck),
        WITH_AN_ORDER(a_command_that_breaks_its_schema_is_stuck),
        WITH_AN_ORDER(a_command_that_is_too_large_is_stuck),
        IN_A_SHOP(a_correlation_id_that_a_header_can_carry_is_kept),
        IN_A_SHOP(one_with_a_space_gives_way_to_the_saga_s_id),
        IN_A_SHOP(one_with_quotes_gives_way_to_the_saga_s_id),
        IN_A_SHOP(one_beyond_ascii_gives_way_to_the_saga_s_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
