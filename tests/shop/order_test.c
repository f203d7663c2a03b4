/* The decision of an order on each command, in each status. */
#include "shop/domain_limits.h"
#include "shop/order/order.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#define HEAD   "'customerId':'C-1','currency':'DKK','orderedAt':'2025-11-03T09:30:00.000000Z'"
#define LINE_1 "{'line':1,'productId':'P-7','quantity':2,'unitPrice':4950}"
#define LINE_2 "{'line':2,'productId':'P-9','quantity':1,'unitPrice':100}"
#define CREATED                                                                                    \
    {                                                                                              \
        "order.created.v1", "{" HEAD "}"                                                           \
    }
#define ITEM_1                                                                                     \
    {                                                                                              \
        "order.item.added.v1", LINE_1                                                              \
    }
#define ITEM_2                                                                                     \
    {                                                                                              \
        "order.item.added.v1", LINE_2                                                              \
    }
#define PLACED                                                                                     \
    {                                                                                              \
        "order.placed.v1", "{" HEAD ",'items':[" LINE_1 "],'total':9900}"                          \
    }
#define PAID                                                                                       \
    {                                                                                              \
        "order.payment.received.v1", "{'amount':9900,'currency':'DKK'}"                            \
    }
#define CONFIRMED                                                                                  \
    {                                                                                              \
        "order.confirmed.v1", "{'customerId':'C-1'}"                                               \
    }
#define SHIPPED                                                                                    \
    {                                                                                              \
        "order.shipped.v1", "{'carrier':'PostNord','items':[" LINE_1 "]}"                          \
    }
#define DELIVERED                                                                                  \
    {                                                                                              \
        "order.delivered.v1", "{'customerId':'C-1'}"                                               \
    }
#define CANCELLED                                                                                  \
    {                                                                                              \
        "order.cancelled.v1", "{'reason':'late','wasPlaced':false," HEAD ",'items':[" LINE_1       \
                              "],'total':9900,'paid':false}"                                       \
    }

static const struct scenario_event *const histories[ORDER_STATUSES] = {
    [ORDER_NONE] = (const struct scenario_event[]){{0}},
    [ORDER_CREATED] = (const struct scenario_event[]){CREATED, ITEM_1, {0}},
    [ORDER_PLACED] = (const struct scenario_event[]){CREATED, ITEM_1, PLACED, {0}},
    [ORDER_PAID] = (const struct scenario_event[]){CREATED, ITEM_1, PLACED, PAID, {0}},
    [ORDER_CONFIRMED] =
        (const struct scenario_event[]){CREATED, ITEM_1, PLACED, PAID, CONFIRMED, {0}},
    [ORDER_SHIPPED] = (const struct scenario_event[]){CREATED, ITEM_1, PLACED, PAID, SHIPPED, {0}},
    [ORDER_DELIVERED] =
        (const struct scenario_event[]){CREATED, ITEM_1, PLACED, PAID, SHIPPED, DELIVERED, {0}},
    [ORDER_CANCELLED] = (const struct scenario_event[]){CREATED, ITEM_1, CANCELLED, {0}},
};

/* In the order of enum order_status: + an event, = no change, - refused. */
static const struct {
    const char *command, *data, *event, *answers;
} answers_by_status[] = {
    {"create", "{'customerId':'C-1','currency':'DKK'}", "order.created.v1", "+-------"},
    {"add-item", "{'productId':'P','quantity':1,'unitPrice':5}", "order.item.added.v1", "-+------"},
    {"remove-item", "{'line':1}", "order.item.removed.v1", "-+------"},
    {"place", "{}", "order.placed.v1", "-+------"},
    {"record-payment", "{'amount':9900,'currency':'DKK'}", "order.payment.received.v1", "--+-----"},
    {"confirm", "{}", "order.confirmed.v1", "---+=---"},
    {"ship", "{'carrier':'PostNord'}", "order.shipped.v1", "---++---"},
    {"deliver", "{}", "order.delivered.v1", "-----+--"},
    {"cancel", "{'reason':'late'}", "order.cancelled.v1", "-++++--="},
};

static void assert_answer(char answer, enum order_status status, const char *event)
{
    const struct decision *decision = scenario_decision();
    if (answer == '-') {
        then_refused(status == ORDER_NONE ? "unknown order ORD-1" : order_status_name(status));
    } else if (answer == '=') {
        then_nothing();
    } else {
        assert_int_equal(scenario_result(), OK);
        assert_int_equal(decision->count, 1);
        assert_string_equal(decision->events[0].type, event);
    }
}

static void each_command_is_decided_by_the_status(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof answers_by_status / sizeof *answers_by_status; i++)
        for (int status = ORDER_NONE; status < ORDER_STATUSES; status++) {
            scenario_given(histories[status]);
            when(answers_by_status[i].command, answers_by_status[i].data);
            assert_answer(answers_by_status[i].answers[status], (enum order_status)status,
                          answers_by_status[i].event);
        }
}

static void the_table_has_every_command(void **unused)
{
    (void)unused;
    size_t commands = 0;
    for (; order_aggregate.commands[commands].name; commands++)
        assert_string_equal(order_aggregate.commands[commands].name,
                            answers_by_status[commands].command);
    assert_int_equal(commands, sizeof answers_by_status / sizeof *answers_by_status);
}

static void a_refusal_names_order_and_state(void **unused)
{
    (void)unused;
    scenario_given(histories[ORDER_SHIPPED]);
    when("ship", "{'carrier':'PostNord'}");
    then_refused("order ORD-1 is shipped");
    scenario_given(histories[ORDER_PLACED]);
    when("ship", "{'carrier':'PostNord'}");
    then_refused("order ORD-1 is placed");
}

static void create_numbers_the_items_and_places_if_requested(void **unused)
{
    (void)unused;
    given_nothing();
    when("create", "{'customerId':'C-1','currency':'DKK','orderedAt':'2025-11-03T10:30:00+01:00',"
                   "'shipTo':{'city':'Aarhus','region':null},'place':true,"
                   "'items':[{'productId':'P-7','quantity':2,'unitPrice':4950},"
                   "{'productId':'P-9','quantity':1,'unitPrice':100}]}");
    then({"order.created.v1", "{" HEAD ",'shipTo':{'city':'Aarhus'}}"}, ITEM_1, ITEM_2,
         {"order.placed.v1", "{" HEAD ",'items':[" LINE_1 "," LINE_2 "],'total':10000}"});
    then_state("{'status':'placed'," HEAD ",'items':[" LINE_1 "," LINE_2
               "],'lastLine':2,'total':10000}");
}

static void create_takes_null_for_absent_and_the_recorded_time_for_orderedAt(void **unused)
{
    (void)unused;
    given_nothing();
    when("create", "{'customerId':'C-1','currency':'DKK','orderedAt':null,'shipTo':null,"
                   "'items':null,'place':null}");
    then({"order.created.v1", "{'customerId':'C-1','currency':'DKK',"
                              "'orderedAt':'2026-11-23T10:00:00.000000Z'}"});
}

static void an_order_without_items_is_not_placed(void **unused)
{
    (void)unused;
    given(CREATED);
    when("place", "{}");
    then_refused("has no items");
    given_nothing();
    when("create", "{'customerId':'C-1','currency':'DKK','place':true}");
    then_refused("has no items");
}

static void the_number_of_a_removed_line_is_not_reused(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, ITEM_2);
    when("remove-item", "{'line':2}");
    then({"order.item.removed.v1", LINE_2});
    when("remove-item", "{'line':2}");
    then_refused("has no line 2");
    when("add-item", "{'productId':'P-9','quantity':1,'unitPrice':100}");
    then({"order.item.added.v1", "{'line':3,'productId':'P-9','quantity':1,'unitPrice':100}"});
    when("place", "{}");
    then({"order.placed.v1",
          "{" HEAD ",'items':[" LINE_1 ",{'line':3,'productId':'P-9','quantity':1,'unitPrice':100}]"
          ",'total':10000}"});
}

static void an_order_costs_no_more_than_can_be_paid(void **unused)
{
    (void)unused;
    given(CREATED);
    when("add-item", "{'productId':'P','quantity':1000000,'unitPrice':1000000000000}");
    then_refused("would cost more than 1000000000000");
    when("add-item", "{'productId':'P','quantity':1000,'unitPrice':1000000000}");
    then({"order.item.added.v1",
          "{'line':1,'productId':'P','quantity':1000,'unitPrice':1000000000}"});
    when("add-item", "{'productId':'P','quantity':1,'unitPrice':1}");
    then_refused("would cost more");
    when("add-item", "{'productId':'P','quantity':1,'unitPrice':0}");
    then({"order.item.added.v1", "{'line':2,'productId':'P','quantity':1,'unitPrice':0}"});
}

static void an_order_has_at_most_500_lines_at_a_time(void **unused)
{
    (void)unused;
    AUTO(text) struct text create = {0};
    text_add(&create, "{'customerId':'C-1','currency':'DKK','items':[");
    for (int i = 0; i < ORDER_LINES_MOST; i++)
        text_printf(&create, "%s{'productId':'P-%d','quantity':1,'unitPrice':1}", i ? "," : "", i);
    text_add(&create, "]}");
    given_nothing();
    when("create", create.at);
    assert_int_equal(scenario_result(), OK);
    assert_int_equal(scenario_decision()->count, 1 + ORDER_LINES_MOST);
    when("add-item", "{'productId':'P','quantity':1,'unitPrice':1}");
    then_refused("has 500 lines already");
    when("remove-item", "{'line':250}");
    when("add-item", "{'productId':'P','quantity':1,'unitPrice':1}");
    then({"order.item.added.v1", "{'line':501,'productId':'P','quantity':1,'unitPrice':1}"});
}

static void a_payment_is_the_total_in_the_orders_currency(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, PLACED);
    when("record-payment", "{'amount':9899,'currency':'DKK'}");
    then_refused("costs 9900 DKK, not 9899 DKK");
    when("record-payment", "{'amount':9900,'currency':'SEK'}");
    then_refused("costs 9900 DKK, not 9900 SEK");
    when("record-payment",
         "{'amount':9900,'currency':'DKK','method':'card','reference':'PSP-5501'}");
    then({"order.payment.received.v1",
          "{'amount':9900,'currency':'DKK','method':'card','reference':'PSP-5501'}"});
}

static void events_omit_fields_that_were_not_given(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, PLACED);
    when("record-payment", "{'amount':9900,'currency':'DKK','method':null}");
    then({"order.payment.received.v1", "{'amount':9900,'currency':'DKK'}"});
    when("ship", "{'carrier':'PostNord','trackingNumber':null}");
    then(SHIPPED);
    when("deliver", "{}");
    then(DELIVERED);
}

static void shipping_records_the_items_and_the_carrier(void **unused)
{
    (void)unused;
    given(CREATED, ITEM_1, PLACED, PAID, CONFIRMED);
    when("ship", "{'carrier':'PostNord','trackingNumber':'0037'}");
    then({"order.shipped.v1",
          "{'carrier':'PostNord','trackingNumber':'0037','items':[" LINE_1 "]}"});
}

static void a_cancellation_contains_what_consumers_must_reverse(void **unused)
{
    (void)unused;
    given(CREATED);
    when("cancel", "{'reason':'late'}");
    then({"order.cancelled.v1",
          "{'reason':'late','wasPlaced':false," HEAD ",'items':[],'total':0,'paid':false}"});
    given(CREATED, ITEM_1, PLACED);
    when("cancel", "{'reason':'late'}");
    then({"order.cancelled.v1", "{'reason':'late','wasPlaced':true," HEAD ",'items':[" LINE_1
                                "],'total':9900,'paid':false}"});
    given(CREATED, ITEM_1, PLACED, PAID, CONFIRMED);
    when("cancel", "{'reason':'late'}");
    then({"order.cancelled.v1", "{'reason':'late','wasPlaced':true," HEAD ",'items':[" LINE_1
                                "],'total':9900,'paid':true}"});
    given(CREATED, ITEM_1, PLACED, PAID);
    when("cancel", "{'reason':'late'}");
    then({"order.cancelled.v1", "{'reason':'late','wasPlaced':true," HEAD ",'items':[" LINE_1
                                "],'total':9900,'paid':true}"});
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
        cmocka_unit_test(each_command_is_decided_by_the_status),
        cmocka_unit_test(the_table_has_every_command),
        cmocka_unit_test(a_refusal_names_order_and_state),
        cmocka_unit_test(create_numbers_the_items_and_places_if_requested),
        cmocka_unit_test(create_takes_null_for_absent_and_the_recorded_time_for_orderedAt),
        cmocka_unit_test(an_order_without_items_is_not_placed),
        cmocka_unit_test(the_number_of_a_removed_line_is_not_reused),
        cmocka_unit_test(an_order_costs_no_more_than_can_be_paid),
        cmocka_unit_test(an_order_has_at_most_500_lines_at_a_time),
        cmocka_unit_test(a_payment_is_the_total_in_the_orders_currency),
        cmocka_unit_test(events_omit_fields_that_were_not_given),
        cmocka_unit_test(shipping_records_the_items_and_the_carrier),
        cmocka_unit_test(a_cancellation_contains_what_consumers_must_reverse),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
