/* Invariants of every aggregate, under long random sequences of commands, the same in each run. */
#include "base/json.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#include <stdio.h>

static uint64_t random_state;

static int64_t random_below(int64_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((random_state >> 33) % (uint64_t)bound);
}

/* Bodies with few values, so that commands affect each other: $1 and $2 are small numbers. */
static const struct {
    const char *category, *command, *body;
} bodies[] = {
    {"order", "create",
     "{'customerId':'C','currency':'DKK','items':[{'productId':'P','quantity':"
     "$1,'unitPrice':$2}]}"},
    {"order", "add-item", "{'productId':'P-$1','quantity':$1,'unitPrice':$2}"},
    {"order", "add-item", "{'productId':'P-$2','quantity':$2,'unitPrice':0}"},
    {"order", "remove-item", "{'line':$1}"},
    {"order", "place", "{}"},
    {"order", "record-payment", "{'amount':$1,'currency':'DKK'}"},
    {"order", "confirm", "{}"},
    {"order", "ship", "{'carrier':'PostNord'}"},
    {"order", "deliver", "{}"},
    {"order", "cancel", "{'reason':'late'}"},
    {"inventory", "receive", "{'quantity':$1}"},
    {"inventory", "reserve", "{'orderId':'O-$1','quantity':$2}"},
    {"inventory", "reserve", "{'orderId':'O-$2','quantity':$1}"},
    {"inventory", "release", "{'orderId':'O-$1'}"},
    {"inventory", "ship", "{'orderId':'O-$1'}"},
    {"payment", "request", "{'amount':$1,'currency':'DKK','customerId':'C'}"},
    {"payment", "complete", "{'reference':'R-$1'}"},
    {"payment", "fail", "{'reason':'declined'}"},
    {"payment", "refund", "{'reason':'late'}"},
};

static void fill_in(const char *body, struct text *out)
{
    for (; *body; body++)
        if (*body == '$')
            text_add_int(out, 1 + random_below(*++body == '1' ? 6 : 3));
        else
            text_add_char(out, *body);
}

/* On hand ≥ reserved ≥ 0, and `reserved` is the sum of the reservations. */
static void assert_stock_adds_up(const json_t *state)
{
    int64_t on_hand = json_int_or(state, "onHand", 0), reserved = json_int_or(state, "reserved", 0);
    json_t *reservations = json_object_get(state, "reservations"), *held;
    const char *order_id;
    int64_t sum = 0;
    json_object_foreach (reservations, order_id, held)
        sum += json_integer_value(held);
    assert_true(on_hand >= reserved && reserved >= 0 && sum == reserved);
}

/* Lines ascend, none is above the highest number given, and the total is their sum. */
static void assert_order_adds_up(const json_t *state)
{
    json_t *items = json_object_get(state, "items"), *item;
    int64_t before = 0, total = 0;
    size_t i;
    json_array_foreach (items, i, item) {
        assert_true(json_int_or(item, "line", 0) > before);
        before = json_int_or(item, "line", 0);
        total += json_int_or(item, "quantity", 0) * json_int_or(item, "unitPrice", 0);
    }
    assert_true(json_int_or(state, "lastLine", 0) >= before);
    assert_int_equal(json_int_or(state, "total", 0), total);
}

/* Without a body for each command the loop below would never end. */
static void assert_bodies(const struct aggregate *aggregate)
{
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++) {
        bool found = false;
        for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++)
            found |= strcmp(bodies[b].category, aggregate->category) == 0 &&
                     strcmp(bodies[b].command, kind->name) == 0;
        if (!found)
            fail_msg("no body for %s %s", aggregate->category, kind->name);
    }
}

static void run_random_command(const struct aggregate *aggregate)
{
    size_t i;
    do
        i = (size_t)random_below(sizeof bodies / sizeof *bodies);
    while (strcmp(bodies[i].category, aggregate->category) != 0);
    AUTO(text) struct text body = {0};
    fill_in(bodies[i].body, &body);
    when(bodies[i].command, body.at);
    assert_true(scenario_result() == OK || scenario_result() == ERR_REFUSED);
    AUTO(json) json_t *state = aggregate->to_json(scenario_state());
    if (strcmp(aggregate->category, "order") == 0)
        assert_order_adds_up(state);
    else if (strcmp(aggregate->category, "inventory") == 0)
        assert_stock_adds_up(state);
}

/* given_when_then.c checks each step: see its header. */
static void random_commands_keep_every_invariant(void **unused)
{
    (void)unused;
    random_state = 20261123;
    for (size_t i = 0; shop.aggregates[i]; i++) {
        assert_bodies(shop.aggregates[i]);
        for (int life = 0; life < 60; life++) {
            scenarios_of(shop.aggregates[i], "X-1");
            given_nothing();
            for (int step = 0; step < 60; step++)
                run_random_command(shop.aggregates[i]);
        }
    }
}

static void the_random_commands_include_every_command(void **unused)
{
    (void)unused;
    for (size_t i = 0; shop.aggregates[i]; i++)
        assert_bodies(shop.aggregates[i]);
}

static void aggregates_and_commands_are_found_by_name(void **unused)
{
    (void)unused;
    for (size_t i = 0; shop.aggregates[i]; i++) {
        assert_ptr_equal(aggregate_find(shop.aggregates, shop.aggregates[i]->category),
                         shop.aggregates[i]);
        for (const struct command_kind *kind = shop.aggregates[i]->commands; kind->name; kind++)
            assert_ptr_equal(aggregate_command(shop.aggregates[i], kind->name), kind);
    }
    assert_null(aggregate_find(shop.aggregates, "orders"));
    assert_null(aggregate_find(shop.aggregates, ""));
    assert_null(aggregate_command(aggregate_find(shop.aggregates, "order"), "explode"));
}

static void a_decision_grows_and_owns_its_data(void **unused)
{
    (void)unused;
    struct decision decision = {0};
    for (int i = 0; i < DECISION_EVENTS_MOST; i++)
        decision_add(&decision, "order.placed.v1", json_integer(i));
    assert_int_equal(decision.count, DECISION_EVENTS_MOST);
    assert_int_equal(json_integer_value(decision.events[599].data), 599);
    decision_finish(&decision);
    assert_int_equal(decision.count, 0);
    decision_finish(&decision);
}

static int end(void **unused)
{
    (void)unused;
    scenarios_end();
    return 0;
}

static bool is_of(const char *type, const char *category)
{
    const struct aggregate *aggregate = aggregate_of_event(shop.aggregates, slice_of(type));
    return category ? aggregate && strcmp(aggregate->category, category) == 0 : !aggregate;
}

static void a_type_belongs_to_the_aggregate_that_may_cause_it_in_any_version(void **unused)
{
    (void)unused;
    assert_true(is_of("order.created.v1", "order"));
    assert_true(is_of("order.created.v12", "order"));
    assert_true(is_of("inventory.shipped.v1", "inventory"));
    assert_true(is_of("order.created", "order"));
    assert_true(is_of("order.created.v", NULL));
    assert_true(is_of("order.created.late.v1", NULL));
    assert_true(is_of("note.added.v1", NULL));
    assert_true(is_of("", NULL));
}

int main(void)
{
    scenarios_check_by(&shop.schemas);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_belongs_to_the_aggregate_that_may_cause_it_in_any_version),
        cmocka_unit_test(random_commands_keep_every_invariant),
        cmocka_unit_test(the_random_commands_include_every_command),
        cmocka_unit_test(aggregates_and_commands_are_found_by_name),
        cmocka_unit_test(a_decision_grows_and_owns_its_data),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
