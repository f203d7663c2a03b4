/* The decision of a product's stock on each command. */
#include "shop/inventory/inventory.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#define RECEIVED_5                                                                                 \
    {                                                                                              \
        "inventory.received.v1", "{'quantity':5}"                                                  \
    }
#define RESERVED_A_3                                                                               \
    {                                                                                              \
        "inventory.reserved.v1", "{'orderId':'A','quantity':3}"                                    \
    }
#define RELEASED_A_3                                                                               \
    {                                                                                              \
        "inventory.released.v1", "{'orderId':'A','quantity':3}"                                    \
    }
#define SHIPPED_A_3                                                                                \
    {                                                                                              \
        "inventory.shipped.v1", "{'orderId':'A','quantity':3}"                                     \
    }

/* The history of order A, and the result of its commands: + an event, = no change, - refused with the
 * text. */
static const struct {
    const struct scenario_event *history;
    struct {
        char answer;
        const char *refusal;
    } receive, reserve_3, reserve_4, release, ship;
} answers[] = {
    {(const struct scenario_event[]){{0}},
     {'+', ""},
     {'-', "product P-7: 3 requested, 0 available"},
     {'-', "product P-7: 4 requested, 0 available"},
     {'=', ""},
     {'-', "order A holds no reservation of product P-7"}},
    {(const struct scenario_event[]){RECEIVED_5, {0}},
     {'+', ""},
     {'+', ""},
     {'+', ""},
     {'=', ""},
     {'-', "order A holds no reservation of product P-7"}},
    {(const struct scenario_event[]){RECEIVED_5, RESERVED_A_3, {0}},
     {'+', ""},
     {'=', ""},
     {'-', "product P-7: 4 requested for order A, which already holds 3"},
     {'+', ""},
     {'+', ""}},
    {(const struct scenario_event[]){RECEIVED_5, RESERVED_A_3, RELEASED_A_3, {0}},
     {'+', ""},
     {'+', ""},
     {'+', ""},
     {'=', ""},
     {'-', "order A holds no reservation of product P-7"}},
    {(const struct scenario_event[]){RECEIVED_5, RESERVED_A_3, SHIPPED_A_3, {0}},
     {'+', ""},
     {'-', "product P-7 has been shipped to order A"},
     {'-', "product P-7 has been shipped to order A"},
     {'=', ""},
     {'=', ""}},
};

static void assert_answer(const struct scenario_event *history, const char *command,
                          const char *data, char answer, const char *refusal)
{
    scenario_given(history);
    when(command, data);
    if (answer == '-')
        then_refused(refusal);
    else if (answer == '=')
        then_nothing();
    else
        assert_int_equal(scenario_decision()->count, 1);
}

static void each_command_is_decided_by_the_history_of_the_order(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct scenario_event *history = answers[i].history;
        assert_answer(history, "receive", "{'quantity':1}", answers[i].receive.answer, "");
        assert_answer(history, "reserve", "{'orderId':'A','quantity':3}",
                      answers[i].reserve_3.answer, answers[i].reserve_3.refusal);
        assert_answer(history, "reserve", "{'orderId':'A','quantity':4}",
                      answers[i].reserve_4.answer, answers[i].reserve_4.refusal);
        assert_answer(history, "release", "{'orderId':'A'}", answers[i].release.answer, "");
        assert_answer(history, "ship", "{'orderId':'A'}", answers[i].ship.answer,
                      answers[i].ship.refusal);
    }
}

static void receiving_adds_to_the_stock_and_may_name_the_product(void **unused)
{
    (void)unused;
    given(RECEIVED_5);
    when("receive", "{'quantity':2,'name':'Desk lamp'}");
    then({"inventory.received.v1", "{'quantity':2,'name':'Desk lamp'}"});
    when("receive", "{'quantity':1,'name':null}");
    then({"inventory.received.v1", "{'quantity':1}"});
    then_state("{'onHand':8,'reserved':0,'available':8,'reservations':{},'shipped':[]}");
}

static void the_reservation_of_one_order_is_not_available_to_another(void **unused)
{
    (void)unused;
    given(RECEIVED_5, RESERVED_A_3);
    when("reserve", "{'orderId':'B','quantity':3}");
    then_refused("product P-7: 3 requested, 2 available");
    when("reserve", "{'orderId':'B','quantity':2}");
    then({"inventory.reserved.v1", "{'orderId':'B','quantity':2}"});
    then_state("{'onHand':5,'reserved':5,'available':0,'reservations':{'A':3,'B':2},'shipped':[]}");
}

static void a_release_returns_the_whole_reservation(void **unused)
{
    (void)unused;
    given(RECEIVED_5, RESERVED_A_3);
    when("release", "{'orderId':'A'}");
    then(RELEASED_A_3);
    then_state("{'onHand':5,'reserved':0,'available':5,'reservations':{},'shipped':[]}");
}

static void shipping_removes_the_reservation_and_is_remembered(void **unused)
{
    (void)unused;
    given(RECEIVED_5, RESERVED_A_3);
    when("ship", "{'orderId':'A'}");
    then(SHIPPED_A_3);
    then_state("{'onHand':2,'reserved':0,'available':2,'reservations':{},'shipped':['A']}");
    when("release", "{'orderId':'A'}");
    then_nothing();
    when("ship", "{'orderId':'A'}");
    then_nothing();
}

static void decide_and_fold(struct inventory *inventory, const char *command, const char *order_id)
{
    AUTO(json) json_t *data = json_pack("{s:s, s:i}", "orderId", order_id, "quantity", 1);
    const struct command told = {.id = "P-7", .data = data, .now_us = SCENARIO_NOW_US};
    AUTO(decision) struct decision decision = {0};
    assert_ok(aggregate_command(&inventory_aggregate, command)
                  ->decide(inventory, &told, &decision, &error));
    assert_int_equal(decision.count, 1);
    assert_ok(
        inventory_evolve(inventory, decision.events[0].type, decision.events[0].data, &error));
}

/* If a step were linear in the number of orders, this would take minutes, not a second. */
static void a_product_with_50000_orders_is_fast_and_remembers_each(void **unused)
{
    (void)unused;
    enum { ORDERS = 50000 };
    AUTO(inventory) struct inventory *inventory = inventory_create();
    AUTO(json) json_t *stock = json_pack("{s:i}", "quantity", ORDERS);
    assert_ok(inventory_evolve(inventory, "inventory.received.v1", stock, &error));
    int64_t begun_ms = test_now_ms();
    char order_id[32];
    for (int i = 0; i < ORDERS; i++) {
        snprintf(order_id, sizeof order_id, "ORD-%d", i);
        decide_and_fold(inventory, "reserve", order_id);
        decide_and_fold(inventory, i % 5 ? "ship" : "release", order_id);
    }
    assert_true(test_now_ms() - begun_ms < 30000);
    assert_true(inventory_shipped_to(inventory, "ORD-1"));
    assert_false(inventory_shipped_to(inventory, "ORD-0"));
    assert_int_equal(inventory_available(inventory), ORDERS / 5);
    assert_in_range(inventory_size(inventory), ORDERS / 5 * 4 * 64, ORDERS * 256);
}

static void impossible_events_are_rejected_and_change_nothing(void **unused)
{
    (void)unused;
    const struct scenario_event impossible[] = {
        {"inventory.received.v1", "{'quantity':0}"},
        {"inventory.received.v1", "{'quantity':1000001}"},
        {"inventory.received.v1", "{}"},
        {"inventory.reserved.v1", "{'orderId':'B','quantity':3}"},
        {"inventory.reserved.v1", "{'orderId':'A','quantity':1}"},
        {"inventory.reserved.v1", "{'orderId':7,'quantity':1}"},
        {"inventory.released.v1", "{'orderId':'A','quantity':2}"},
        {"inventory.released.v1", "{'orderId':'B','quantity':3}"},
        {"inventory.shipped.v1", "{'orderId':'B','quantity':3}"},
        {"inventory.shipped.v1", "[]"},
    };
    given(RECEIVED_5, RESERVED_A_3);
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        AUTO(json) json_t *data = told_json(impossible[i].data);
        assert_err(ERR_CORRUPT,
                   inventory_evolve((void *)scenario_state(), impossible[i].type, data, &error));
        then_state("{'onHand':5,'reserved':3,'available':2,'reservations':{'A':3},'shipped':[]}");
    }
}

static void a_damaged_snapshot_is_rejected(void **unused)
{
    (void)unused;
    static const char *const damaged[] = {
        "[]",
        "{}",
        "{'onHand':5,'reserved':3,'reservations':[],'shipped':[]}",
        "{'onHand':5,'reserved':3,'reservations':{'A':2},'shipped':[]}",
        "{'onHand':2,'reserved':3,'reservations':{'A':3},'shipped':[]}",
        "{'onHand':5,'reserved':3,'reservations':{'A':'3'},'shipped':[]}",
        "{'onHand':5,'reserved':3,'reservations':{'A':3},'shipped':[3]}",
        "{'onHand':5,'reserved':3,'reservations':{'A':3}}",
        "{'onHand':'5','reserved':3,'reservations':{'A':3},'shipped':[]}",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        AUTO(json) json_t *json = told_json(damaged[i]);
        void *state = NULL;
        assert_err(ERR_CORRUPT, inventory_from_json(json, &state, &error));
        assert_null(state);
    }
}

static int begin(void **unused)
{
    (void)unused;
    scenarios_check_by(&shop.schemas);
    scenarios_of(&inventory_aggregate, "P-7");
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    scenarios_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_is_decided_by_the_history_of_the_order),
        cmocka_unit_test(receiving_adds_to_the_stock_and_may_name_the_product),
        cmocka_unit_test(the_reservation_of_one_order_is_not_available_to_another),
        cmocka_unit_test(a_release_returns_the_whole_reservation),
        cmocka_unit_test(shipping_removes_the_reservation_and_is_remembered),
        cmocka_unit_test(a_product_with_50000_orders_is_fast_and_remembers_each),
        cmocka_unit_test(impossible_events_are_rejected_and_change_nothing),
        cmocka_unit_test(a_damaged_snapshot_is_rejected),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
