/* The saga as scenarios: events, answers, and the decision that follows. */
#include "shop/saga/order_fulfilment.h"
#include "shop/shop.h"
#include "tests/support/saga_scenario.h"

#define TWO_PRODUCTS                                                                               \
    "{'customerId':'C-1','currency':'EUR','orderedAt':'2026-11-23T10:00:00.000000Z','total':900,"  \
    "'items':[{'line':1,'productId':'P-1','quantity':2,'unitPrice':100},"                          \
    "{'line':2,'productId':'P-2','quantity':1,'unitPrice':500},"                                   \
    "{'line':3,'productId':'P-1','quantity':2,'unitPrice':100}]}"

static void placed(void)
{
    begun_with(&order_fulfilment, "ORD-1", TWO_PRODUCTS, "{'payment-timeout':900}");
}

/* ---- whole runs ---- */

static void reserved(void)
{
    placed();
    accepted();
    accepted();
}

static void requested(void)
{
    reserved();
    accepted();
}

#define COMPLETED "{'amount':900,'currency':'EUR','reference':'R-1','method':'card'}"
#define PAID      "{'amount':900,'currency':'EUR'}"
#define CANCELLED                                                                                  \
    "{'reason':'changed my mind','wasPlaced':true,'customerId':'C-1','currency':'EUR',"            \
    "'orderedAt':'2026-11-23T10:00:00.000000Z','items':[],'total':900,'paid':false}"

static void confirmed(void)
{
    requested();
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    accepted();
    accepted();
}

/* All reservations are released, in reverse, and the order is cancelled. */
static void is_undone(const char *why)
{
    AUTO(text) struct text reason = {0};
    text_printf(&reason, "{'reason':'%s'}", why);
    wants("inventory/P-2", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("inventory/P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("order/ORD-1", "cancel", reason.at);
    accepted();
    rests("compensated");
}

static void an_order_is_fulfilled_step_by_step(void **state)
{
    (void)state;
    placed();
    wants("inventory/P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
    accepted();
    wants("inventory/P-2", "reserve", "{'orderId':'ORD-1','quantity':1}");
    accepted();
    wants("payment/ORD-1", "request", "{'amount':900,'currency':'EUR','customerId':'C-1'}");
    accepted();
    rests_for("await-payment", 900000);
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    wants("order/ORD-1", "record-payment",
          "{'amount':900,'currency':'EUR','method':'card','reference':'R-1'}");
    accepted();
    wants("order/ORD-1", "confirm", "{}");
    accepted();
    rests("await-shipment");
    happened("order/ORD-1", "order.shipped.v1", "{'carrier':'Post','items':[]}");
    wants("inventory/P-1", "ship", "{'orderId':'ORD-1'}");
    accepted();
    wants("inventory/P-2", "ship", "{'orderId':'ORD-1'}");
    accepted();
    rests("done");
}

static void if_the_first_product_is_out_of_stock_only_the_order_is_undone(void **state)
{
    (void)state;
    placed();
    refused("only 0 of product P-1 are available");
    asks("payment/ORD-1");
    found_nothing();
    wants("order/ORD-1", "cancel", "{'reason':'product P-1: only 0 of product P-1 are available'}");
    accepted();
    rests("compensated");
}

static void a_later_product_out_of_stock_releases_the_earlier_ones(void **state)
{
    (void)state;
    placed();
    accepted();
    refused("none left");
    found_nothing();
    wants("inventory/P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("order/ORD-1", "cancel", "{'reason':'product P-2: none left'}");
    accepted();
    rests("compensated");
}

static void lines_whose_sum_exceeds_the_maximum_quantity_cancel_the_order(void **state)
{
    (void)state;
    begun_with(&order_fulfilment, "ORD-1",
               "{'customerId':'C-1','currency':'EUR','orderedAt':'2026-11-23T10:00:00.000000Z',"
               "'total':0,'items':[{'line':1,'productId':'P-1','quantity':1000000,'unitPrice':0},"
               "{'line':2,'productId':'P-1','quantity':1,'unitPrice':0}]}",
               "{'payment-timeout':900}");
    found_nothing();
    wants("order/ORD-1", "cancel",
          "{'reason':'product P-1: 1000001 requested, an order may have at most 1000000'}");
    accepted();
    rests("compensated");
}

static void an_order_with_a_failed_payment_is_undone(void **state)
{
    (void)state;
    requested();
    happened("payment/ORD-1", "payment.failed.v1", "{'reason':'no cover'}");
    is_undone("the payment failed: no cover");
}

static void an_order_with_a_rejected_payment_request_is_undone(void **state)
{
    (void)state;
    reserved();
    refused("it was 1 EUR");
    asks("payment/ORD-1");
    answered("{'status':'requested'}");
    is_undone("the payment was refused: it was 1 EUR");
}

static void an_order_without_a_payment_in_time_is_undone(void **state)
{
    (void)state;
    requested();
    timed_out();
    is_undone("no payment within 900 s");
}

static void a_payment_after_the_time_out_is_refunded(void **state)
{
    (void)state;
    requested();
    timed_out();
    is_undone("no payment within 900 s");
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    wants("payment/ORD-1", "refund", "{'reason':'no payment within 900 s'}");
    accepted();
    rests("compensated");
}

static void a_payment_during_compensation_is_refunded_first(void **state)
{
    (void)state;
    requested();
    timed_out();
    accepted();
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    wants("payment/ORD-1", "refund", "{'reason':'no payment within 900 s'}");
    accepted();
    wants("inventory/P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    accepted();
    rests("compensated");
}

/* ---- the customer cancels ---- */

/* After n answers and events, for each n. */
static void go(int n)
{
    placed();
    for (int i = 0; i < n; i++) {
        if (i == 3)
            happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
        else
            accepted();
    }
}

static void a_cancellation_by_the_customer_is_compensated_at_every_step(void **state)
{
    (void)state;
    for (int n = 0; n <= 6; n++) {
        go(n);
        happened("order/ORD-1", "order.cancelled.v1", CANCELLED);
        if (n < 3)
            found_nothing();
        if (n >= 4) {
            wants("payment/ORD-1", "refund", "{'reason':'changed my mind'}");
            accepted();
        }
        for (int held = n < 2 ? n : 2; held > 0; held--) {
            wants(held == 2 ? "inventory/P-2" : "inventory/P-1", "release", "{'orderId':'ORD-1'}");
            accepted();
        }
        rests("compensated");
    }
}

static void a_cancellation_during_a_reservation_waits_for_its_answer(void **state)
{
    (void)state;
    placed();
    meanwhile("order/ORD-1", "order.cancelled.v1", CANCELLED);
    accepted();
    found_nothing();
    wants("inventory/P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    rests("compensated");
}

/* ---- paid directly ---- */

static void an_order_paid_directly_is_confirmed_without_a_payment(void **state)
{
    (void)state;
    placed();
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    accepted();
    accepted();
    asks("payment/ORD-1");
    found_nothing();
    wants("order/ORD-1", "confirm", "{}");
    accepted();
    rests("await-shipment");
}

static void a_payment_in_addition_to_a_direct_one_is_refunded(void **state)
{
    (void)state;
    requested();
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    accepted();
    rests("await-shipment");
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    wants("payment/ORD-1", "refund", "{'reason':'the order was paid directly'}");
    accepted();
    rests("await-shipment");
}

static void a_rejected_recording_waits_for_the_event_that_explains_it(void **state)
{
    (void)state;
    requested();
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    refused("order ORD-1 is already paid");
    rests("await-order");
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    wants("payment/ORD-1", "refund", "{'reason':'the order was paid directly'}");
    accepted();
    wants("order/ORD-1", "confirm", "{}");
}

static void a_refusal_that_no_event_explains_makes_the_saga_stuck_until_resumed(void **state)
{
    (void)state;
    requested();
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    refused("order ORD-1 costs something else");
    timed_out();
    blocked("order record-payment: order ORD-1 costs something else");
    resumed();
    wants("order/ORD-1", "record-payment",
          "{'amount':900,'currency':'EUR','method':'card','reference':'R-1'}");
}

static void
a_cancelled_order_that_was_paid_directly_is_stuck_until_an_operator_refunds_it(void **state)
{
    (void)state;
    placed();
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    happened("order/ORD-1", "order.cancelled.v1", CANCELLED);
    found_nothing();
    blocked("refund by hand");
    resumed();
    rests("compensated");
}

static void a_payment_recorded_by_the_saga_is_not_a_direct_payment(void **state)
{
    (void)state;
    requested();
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    happened_by_itself("order/ORD-1", "order.payment.received.v1", PAID);
    happened("order/ORD-1", "order.cancelled.v1", CANCELLED);
    wants("payment/ORD-1", "refund", "{'reason':'changed my mind'}");
}

/* ---- payments that were requested before ---- */

static void requested_before(const char *state)
{
    reserved();
    accepted_without_news();
    asks("payment/ORD-1");
    answered(state);
}

static void the_saga_asks_for_the_state_of_a_payment_requested_before(void **state)
{
    (void)state;
    requested_before("{'status':'completed','reference':'R-0','method':'card'}");
    wants("order/ORD-1", "record-payment",
          "{'amount':900,'currency':'EUR','reference':'R-0','method':'card'}");
    requested_before("{'status':'completed','reference':'R-0'}");
    wants("order/ORD-1", "record-payment", "{'amount':900,'currency':'EUR','reference':'R-0'}");
    requested_before("{'status':'requested'}");
    rests("await-payment");
    requested_before("{'status':'failed'}");
    is_undone("the payment was failed before the order was placed");
}

/* ---- payments from before the order was placed ---- */

#define CAME_EARLY "{'status':'completed','amount':900,'currency':'EUR','reference':'R-0'}"

static void an_early_payment_of_an_order_that_is_rejected_is_refunded(void **state)
{
    (void)state;
    placed();
    accepted();
    refused("none left");
    asks("payment/ORD-1");
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'product P-2: none left'}");
    accepted();
    wants("inventory/P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("order/ORD-1", "cancel", "{'reason':'product P-2: none left'}");
    accepted();
    rests("compensated");
}

static void an_early_payment_of_an_order_that_is_cancelled_is_refunded(void **state)
{
    (void)state;
    for (int n = 0; n <= 2; n++) {
        go(n);
        happened("order/ORD-1", "order.cancelled.v1", CANCELLED);
        asks("payment/ORD-1");
        answered(CAME_EARLY);
        wants("payment/ORD-1", "refund", "{'reason':'changed my mind'}");
    }
}

static void a_cancellation_before_the_question_refunds_the_early_payment(void **state)
{
    (void)state;
    reserved();
    accepted_without_news();
    asks("payment/ORD-1");
    meanwhile("order/ORD-1", "order.cancelled.v1", CANCELLED);
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'changed my mind'}");
    reserved();
    meanwhile("order/ORD-1", "order.cancelled.v1", CANCELLED);
    accepted_without_news();
    asks("payment/ORD-1");
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'changed my mind'}");
}

static void an_early_payment_of_another_amount_is_refunded(void **state)
{
    (void)state;
    reserved();
    refused("it was 1 EUR");
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'the payment was refused: it was 1 EUR'}");
}

static void a_payment_of_another_amount_that_another_client_requested_is_refunded(void **state)
{
    (void)state;
    static const char *const others[] = {"{'amount':901,'currency':'EUR','reference':'R-1'}",
                                         "{'amount':900,'currency':'SEK','reference':'R-1'}"};
    static const char *const whys[] = {"{'reason':'the payment was 901 EUR instead of 900 EUR'}",
                                       "{'reason':'the payment was 900 SEK instead of 900 EUR'}"};
    for (int i = 0; i < 2; i++) {
        placed();
        meanwhile("payment/ORD-1", "payment.completed.v1", others[i]);
        accepted();
        wants("payment/ORD-1", "refund", whys[i]);
    }
}

static void an_early_payment_in_addition_to_a_direct_one_is_refunded(void **state)
{
    (void)state;
    placed();
    accepted();
    meanwhile("order/ORD-1", "order.payment.received.v1", PAID);
    accepted();
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'the order was paid directly'}");
    accepted();
    wants("order/ORD-1", "confirm", "{}");
}

static void an_early_payment_in_addition_to_a_direct_one_is_refunded_after_shipping(void **state)
{
    (void)state;
    placed();
    meanwhile("order/ORD-1", "order.payment.received.v1", PAID);
    meanwhile("order/ORD-1", "order.shipped.v1", "{'carrier':'Post','items':[]}");
    accepted();
    answered(CAME_EARLY);
    wants("payment/ORD-1", "refund", "{'reason':'the order was paid directly'}");
    accepted();
    wants("inventory/P-1", "ship", "{'orderId':'ORD-1'}");
}

static void an_early_request_completed_after_compensation_is_refunded(void **state)
{
    (void)state;
    placed();
    refused("none left");
    answered("{'status':'requested'}");
    accepted();
    rests("compensated");
    happened("payment/ORD-1", "payment.completed.v1", COMPLETED);
    wants("payment/ORD-1", "refund", "{'reason':'product P-1: none left'}");
}

static void an_event_during_the_question_replaces_its_answer(void **state)
{
    (void)state;
    placed();
    refused("none left");
    meanwhile("payment/ORD-1", "payment.completed.v1", COMPLETED);
    answered("{'status':'requested'}");
    wants("payment/ORD-1", "refund", "{'reason':'product P-1: none left'}");
}

/* ---- the order ships early ---- */

static void an_order_that_ships_before_its_stock_was_reserved_takes_the_stock(void **state)
{
    (void)state;
    placed();
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    happened("order/ORD-1", "order.shipped.v1", "{'carrier':'Post','items':[]}");
    found_nothing();
    wants("inventory/P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
    accepted();
    wants("inventory/P-1", "ship", "{'orderId':'ORD-1'}");
    accepted();
    refused("none left");
    blocked("product P-2 is not in stock");
    resumed();
    wants("inventory/P-2", "reserve", "{'orderId':'ORD-1','quantity':1}");
    accepted();
    accepted();
    rests("done");
}

static void an_order_that_ships_during_compensation_takes_its_stock_again(void **state)
{
    (void)state;
    placed();
    accepted();
    happened("order/ORD-1", "order.payment.received.v1", PAID);
    refused("none left");
    found_nothing();
    accepted();
    refused("order ORD-1 is already shipped");
    rests("await-order");
    happened("order/ORD-1", "order.shipped.v1", "{'carrier':'Post','items':[]}");
    wants("inventory/P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
}

/* ---- late and repeated inputs ---- */

static void events_of_the_sagas_commands_change_nothing(void **state)
{
    (void)state;
    confirmed();
    happened_late("inventory/P-1", "inventory.reserved.v1", "{'orderId':'ORD-1','quantity':4}");
    happened_late("inventory/P-2", "inventory.reserved.v1", "{'orderId':'ORD-1','quantity':1}");
    happened_late("payment/ORD-1", "payment.requested.v1",
                  "{'amount':900,'currency':'EUR','customerId':'C-1'}");
    rests("await-shipment");
}

static void a_command_that_was_given_up_waits_for_an_operator(void **state)
{
    (void)state;
    placed();
    given_up("too old");
    blocked("inventory reserve: too old");
    resumed();
    wants("inventory/P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
}

static void a_forbidden_move_names_both_steps(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(saga_move_check(&order_fulfilment, "ORD-1", "done", "reserve-stock", &error),
                     ERR_INTERNAL);
    assert_string_equal(error.text,
                        "order_fulfilment ORD-1 may not move from done to reserve-stock");
}

static int clean_up(void **state)
{
    (void)state;
    saga_scenarios_end();
    scenarios_end();
    return 0;
}

int main(void)
{
    scenarios_check_by(&shop.schemas);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_fulfilled_step_by_step),
        cmocka_unit_test(if_the_first_product_is_out_of_stock_only_the_order_is_undone),
        cmocka_unit_test(a_later_product_out_of_stock_releases_the_earlier_ones),
        cmocka_unit_test(lines_whose_sum_exceeds_the_maximum_quantity_cancel_the_order),
        cmocka_unit_test(an_order_with_a_failed_payment_is_undone),
        cmocka_unit_test(an_order_with_a_rejected_payment_request_is_undone),
        cmocka_unit_test(an_order_without_a_payment_in_time_is_undone),
        cmocka_unit_test(a_payment_after_the_time_out_is_refunded),
        cmocka_unit_test(a_payment_during_compensation_is_refunded_first),
        cmocka_unit_test(a_cancellation_by_the_customer_is_compensated_at_every_step),
        cmocka_unit_test(a_cancellation_during_a_reservation_waits_for_its_answer),
        cmocka_unit_test(an_order_paid_directly_is_confirmed_without_a_payment),
        cmocka_unit_test(a_payment_in_addition_to_a_direct_one_is_refunded),
        cmocka_unit_test(a_rejected_recording_waits_for_the_event_that_explains_it),
        cmocka_unit_test(a_refusal_that_no_event_explains_makes_the_saga_stuck_until_resumed),
        cmocka_unit_test(
            a_cancelled_order_that_was_paid_directly_is_stuck_until_an_operator_refunds_it),
        cmocka_unit_test(a_payment_recorded_by_the_saga_is_not_a_direct_payment),
        cmocka_unit_test(the_saga_asks_for_the_state_of_a_payment_requested_before),
        cmocka_unit_test(an_early_payment_of_an_order_that_is_rejected_is_refunded),
        cmocka_unit_test(an_early_payment_of_an_order_that_is_cancelled_is_refunded),
        cmocka_unit_test(a_cancellation_before_the_question_refunds_the_early_payment),
        cmocka_unit_test(an_early_payment_of_another_amount_is_refunded),
        cmocka_unit_test(a_payment_of_another_amount_that_another_client_requested_is_refunded),
        cmocka_unit_test(an_early_payment_in_addition_to_a_direct_one_is_refunded),
        cmocka_unit_test(an_early_payment_in_addition_to_a_direct_one_is_refunded_after_shipping),
        cmocka_unit_test(an_early_request_completed_after_compensation_is_refunded),
        cmocka_unit_test(an_event_during_the_question_replaces_its_answer),
        cmocka_unit_test(an_order_that_ships_before_its_stock_was_reserved_takes_the_stock),
        cmocka_unit_test(an_order_that_ships_during_compensation_takes_its_stock_again),
        cmocka_unit_test(events_of_the_sagas_commands_change_nothing),
        cmocka_unit_test(a_command_that_was_given_up_waits_for_an_operator),
        cmocka_unit_test(a_forbidden_move_names_both_steps),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
