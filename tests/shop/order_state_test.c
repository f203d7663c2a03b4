/* The order's state rejects impossible events, and does not change. */
#include "shop/order/order.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#define HEAD   "'customerId':'C-1','currency':'DKK','orderedAt':'2025-11-03T09:30:00.000000Z'"
#define LINE_1 "{'line':1,'productId':'P-7','quantity':2,'unitPrice':4950}"
#define CREATED                                                                                    \
    {                                                                                              \
        "order.created.v1", "{" HEAD "}"                                                           \
    }
#define ITEM_1                                                                                     \
    {                                                                                              \
        "order.item.added.v1", LINE_1                                                              \
    }
#define STATE "{'status':'created'," HEAD ",'items':[" LINE_1 "],'lastLine':1,'total':9900}"

static void impossible_events_are_rejected_and_change_nothing(void **unused)
{
    (void)unused;
    static const struct scenario_event impossible[] = {
        {"order.created.v1", "{'customerId':'C-2','currency':'DKK'}"},
        {"order.created.v1", "{'customerId':'C-2','currency':'DKK','orderedAt':'yesterday'}"},
        {"order.created.v1",
         "{'customerId':'C-2','currency':'KR','orderedAt':'2025-11-03T09:30:00.000000Z'}"},
        {"order.created.v1", "7"},
        {"order.item.added.v1", LINE_1},
        {"order.item.added.v1", "{'line':2,'productId':'P-7','quantity':0,'unitPrice':1}"},
        {"order.item.added.v1", "{'line':2,'productId':'P-7','quantity':1,'unitPrice':-1}"},
        {"order.item.added.v1", "{'line':2,'productId':'P-7','quantity':1,'unitPrice':1.5}"},
        {"order.item.added.v1",
         "{'line':2,'productId':'P-7','quantity':1000000,'unitPrice':1000000000000}"},
        {"order.item.added.v1", "{'line':2,'productId':null,'quantity':1,'unitPrice':1}"},
        {"order.item.removed.v1", "{'line':2}"},
        {"order.item.removed.v1", "{}"},
    };
    given(CREATED, ITEM_1);
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        AUTO(json) json_t *data = told_json(impossible[i].data);
        struct error error = {0};
        enum err err = order_evolve((void *)scenario_state(), impossible[i].type, data, &error);
        assert_int_equal(err, ERR_CORRUPT);
        assert_text_contains(error.text, impossible[i].type);
        then_state(STATE);
    }
}

static void events_of_unknown_types_are_ignored(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, {"order.gift.wrapped.v1", "{'paper':'red'}"});
    then_state(STATE);
}

static void the_state_keeps_the_highest_line_number_given(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, {"order.item.removed.v1", LINE_1});
    then_state("{'status':'created'," HEAD ",'items':[],'lastLine':1,'total':0}");
}

static void the_state_of_no_order_is_valid(void **unused)
{
    (void)unused;
    given_nothing();
    then_state("{'status':'none'}");
}

static void a_damaged_snapshot_is_rejected(void **unused)
{
    (void)unused;
    static const char *const damaged[] = {
        "[]",
        "{}",
        "{'status':'lost'," HEAD ",'items':[],'lastLine':0,'total':0}",
        "{'status':'placed','items':[],'lastLine':0,'total':0}",
        "{'status':'placed'," HEAD ",'lastLine':0,'total':0}",
        "{'status':'placed'," HEAD ",'items':[" LINE_1 "],'lastLine':0,'total':9900}",
        "{'status':'placed'," HEAD ",'items':[" LINE_1 "],'lastLine':1,'total':9901}",
        "{'status':'placed'," HEAD ",'items':[" LINE_1 "],'lastLine':1}",
        "{'status':'placed'," HEAD ",'items':[" LINE_1 "," LINE_1 "],'lastLine':1,'total':19800}",
        "{'status':'placed'," HEAD ",'items':[{'line':1}],'lastLine':1,'total':0}",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        AUTO(json) json_t *json = told_json(damaged[i]);
        void *state = NULL;
        assert_err(ERR_CORRUPT, order_from_json(json, &state, &error));
        assert_null(state);
    }
}

static void a_larger_order_reports_a_larger_size(void **unused)
{
    (void)unused;
    given(CREATED);
    size_t empty = order_size(scenario_state());
    given(CREATED, ITEM_1);
    size_t one = order_size(scenario_state());
    assert_true(one >= empty + sizeof(struct order_line) + sizeof "P-7");
}

static int begin(void **unused)
{
    (void)unused;
    scenarios_check_by(&shop.schemas);
    scenarios_of(&order_aggregate, "ORD-1");
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
        cmocka_unit_test(impossible_events_are_rejected_and_change_nothing),
        cmocka_unit_test(events_of_unknown_types_are_ignored),
        cmocka_unit_test(the_state_keeps_the_highest_line_number_given),
        cmocka_unit_test(the_state_of_no_order_is_valid),
        cmocka_unit_test(a_damaged_snapshot_is_rejected),
        cmocka_unit_test(a_larger_order_reports_a_larger_size),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
