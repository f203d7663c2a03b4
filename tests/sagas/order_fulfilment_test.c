/* The saga as scenarios: what has happened, what it is told, what it wants next. Pure: no store, no
 * clock. JSON is written with ' for ". */
#include "base/json.h"
#include "sagas/order_fulfilment.h"
#include "tests/support/claims.h"

static json_t *facts;
static struct saga_plan plan;
static char step[65];
static int64_t position;

static json_t *told(const char *text)
{
    AUTO(text) struct text json = {0};
    json_t *value = NULL;
    for (; *text; text++)
        text_add_char(&json, *text == '\'' ? '"' : *text);
    assert_ok(json_read(text_slice(&json), &value, &error));
    return value;
}

/* What it wants now; the table must allow it to go there. */
static void replan(void)
{
    saga_plan_finish(&plan);
    plan = (struct saga_plan){0};
    order_fulfilment.plan("ORD-1", facts, &plan);
    assert_ok(saga_move_check(&order_fulfilment, "ORD-1", step, plan.step, &error));
    snprintf(step, sizeof step, "%s", plan.step);
}

static void learn(const struct saga_input *input)
{
    AUTO(json) json_t *before = json_deep_copy(facts);
    order_fulfilment.learn(facts, input);
    AUTO(json) json_t *after = json_deep_copy(facts);
    if (input->kind == SAGA_EVENT) { /* a repeat changes nothing */
        order_fulfilment.learn(facts, input);
        assert_true(json_equal(after, facts));
    }
    replan();
}

#define TWO_PRODUCTS                                                                               \
    "{'customerId':'C-1','currency':'EUR','orderedAt':'2026-11-23T10:00:00.000000Z','total':900,"  \
    "'items':[{'line':1,'productId':'P-1','quantity':2,'unitPrice':100},"                          \
    "{'line':2,'productId':'P-2','quantity':1,'unitPrice':500},"                                   \
    "{'line':3,'productId':'P-1','quantity':2,'unitPrice':100}]}"

static void placed(void)
{
    AUTO(json) json_t *data = told(TWO_PRODUCTS);
    json_decref(facts);
    facts = order_fulfilment.begin("ORD-1", data,
                                   &(struct saga_settings){.payment_timeout_ms = 900000});
    snprintf(step, sizeof step, "%s", order_fulfilment.steps[0].name);
    position = 10;
    replan();
}

static void event_by(bool own, const char *category, const char *id, const char *type,
                     const char *data_text)
{
    AUTO(json) json_t *data = told(data_text);
    learn(&(struct saga_input){.kind = SAGA_EVENT,
                               .category = category,
                               .id = id,
                               .command = "",
                               .type = type,
                               .data = data,
                               .position = ++position,
                               .own = own,
                               .reason = ""});
}

static void happened(const char *type, const char *data)
{
    AUTO(text) struct text category = {0};
    text_add_bytes(&category, type, strcspn(type, "."));
    event_by(false, category.at, "ORD-1", type, data);
}

/* The command it wants is answered. */
static void answered(bool accepted, const char *reason)
{
    struct saga_input input = {.kind = SAGA_ANSWER,
                               .category = plan.category,
                               .command = plan.command,
                               .position = accepted ? ++position : 0,
                               .accepted = accepted,
                               .reason = reason};
    char id[SAGA_ID_BYTES];
    assert_true(plan.action == SAGA_SEND);
    memcpy(id, plan.target, sizeof id);
    input.id = id;
    learn(&input);
}

static void accepted(void)
{
    answered(true, "");
}

static void refused(const char *reason)
{
    answered(false, reason);
}

static void wants(const char *category, const char *target, const char *command, const char *body)
{
    AUTO(json) json_t *expected = told(body);
    AUTO(text) struct text got = {0};
    assert_int_equal(plan.action, SAGA_SEND);
    assert_string_equal(plan.category, category);
    assert_string_equal(plan.target, target);
    assert_string_equal(plan.command, command);
    json_write(plan.body, &got);
    if (!json_equal(plan.body, expected))
        fail_msg("%s instead of %s", got.at, body);
}

static void rests(const char *at)
{
    if (plan.action == SAGA_BLOCK)
        fail_msg("blocked: %s", plan.reason);
    assert_int_equal(plan.action, SAGA_REST);
    assert_string_equal(plan.step, at);
}

static void blocked(const char *part)
{
    assert_int_equal(plan.action, SAGA_BLOCK);
    assert_text_contains(plan.reason, part);
}

static void timed_out(void)
{
    learn(&(struct saga_input){.kind = SAGA_TIMEOUT});
}

static void resumed(void)
{
    learn(&(struct saga_input){.kind = SAGA_RESUMED, .reason = ""});
}

/* ---- whole ways ---- */

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
    "'orderedAt':'x','items':[],'total':900,'paid':false}"

static void confirmed(void)
{
    requested();
    happened("payment.completed.v1", COMPLETED);
    accepted();
    accepted();
}

/* Everything that is held is given back, in reverse, and the order cancelled. */
static void is_undone(const char *why)
{
    AUTO(text) struct text reason = {0};
    text_printf(&reason, "{'reason':'%s'}", why);
    wants("inventory", "P-2", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("inventory", "P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("order", "ORD-1", "cancel", reason.at);
    accepted();
    rests("compensated");
}

static void an_order_is_fulfilled_step_by_step(void **state)
{
    (void)state;
    placed();
    wants("inventory", "P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
    accepted();
    wants("inventory", "P-2", "reserve", "{'orderId':'ORD-1','quantity':1}");
    accepted();
    wants("payment", "ORD-1", "request", "{'amount':900,'currency':'EUR','customerId':'C-1'}");
    accepted();
    rests("await-payment");
    assert_int_equal(plan.timeout_ms, 900000);
    happened("payment.completed.v1", COMPLETED);
    wants("order", "ORD-1", "record-payment",
          "{'amount':900,'currency':'EUR','method':'card','reference':'R-1'}");
    accepted();
    wants("order", "ORD-1", "confirm", "{}");
    accepted();
    rests("await-shipment");
    happened("order.shipped.v1", "{'carrier':'Post','items':[]}");
    wants("inventory", "P-1", "ship", "{'orderId':'ORD-1'}");
    accepted();
    wants("inventory", "P-2", "ship", "{'orderId':'ORD-1'}");
    accepted();
    rests("done");
}

static void the_first_product_out_of_stock_undoes_nothing_but_the_order(void **state)
{
    (void)state;
    placed();
    refused("only 0 of product P-1 are available");
    wants("order", "ORD-1", "cancel",
          "{'reason':'product P-1: only 0 of product P-1 are available'}");
    accepted();
    rests("compensated");
}

static void a_later_product_out_of_stock_releases_the_earlier(void **state)
{
    (void)state;
    placed();
    accepted();
    refused("none left");
    wants("inventory", "P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    wants("order", "ORD-1", "cancel", "{'reason':'product P-2: none left'}");
    accepted();
    rests("compensated");
}

static void a_failed_payment_is_undone(void **state)
{
    (void)state;
    requested();
    happened("payment.failed.v1", "{'reason':'no cover'}");
    is_undone("the payment failed: no cover");
}

static void a_refused_request_is_undone(void **state)
{
    (void)state;
    reserved();
    refused("it was 1 EUR");
    is_undone("the payment was refused: it was 1 EUR");
}

static void a_payment_that_does_not_come_is_undone(void **state)
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
    happened("payment.completed.v1", COMPLETED);
    wants("payment", "ORD-1", "refund", "{'reason':'no payment within 900 s'}");
    accepted();
    rests("compensated");
}

static void a_payment_in_the_middle_of_the_undoing_is_refunded_first(void **state)
{
    (void)state;
    requested();
    timed_out();
    accepted();
    happened("payment.completed.v1", COMPLETED);
    wants("payment", "ORD-1", "refund", "{'reason':'no payment within 900 s'}");
    accepted();
    wants("inventory", "P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    accepted();
    rests("compensated");
}

/* ---- the customer cancels ---- */

/* At each step of the way: n answers or events have come. */
static void go(int n)
{
    placed();
    for (int i = 0; i < n; i++) {
        if (i == 3)
            happened("payment.completed.v1", COMPLETED);
        else
            accepted();
    }
}

static void a_customer_s_cancellation_is_undone_at_every_step(void **state)
{
    (void)state;
    for (int n = 0; n <= 6; n++) {
        go(n);
        happened("order.cancelled.v1", CANCELLED);
        if (n >= 4) {
            wants("payment", "ORD-1", "refund", "{'reason':'changed my mind'}");
            accepted();
        }
        for (int held = n < 2 ? n : 2; held > 0; held--) {
            wants("inventory", held == 2 ? "P-2" : "P-1", "release", "{'orderId':'ORD-1'}");
            accepted();
        }
        rests("compensated");
    }
}

static void a_cancellation_during_a_reservation_waits_for_its_answer(void **state)
{
    (void)state;
    placed();
    AUTO(json) json_t *data = told(CANCELLED);
    struct saga_input cancelled = {.kind = SAGA_EVENT,
                                   .category = "order",
                                   .id = "ORD-1",
                                   .command = "",
                                   .type = "order.cancelled.v1",
                                   .data = data,
                                   .position = ++position};
    order_fulfilment.learn(facts, &cancelled); /* not planned on: a command is under way */
    accepted();
    wants("inventory", "P-1", "release", "{'orderId':'ORD-1'}");
    accepted();
    rests("compensated");
}

/* ---- paid directly ---- */

static void an_order_paid_directly_is_confirmed_without_a_payment(void **state)
{
    (void)state;
    placed();
    happened("order.payment.received.v1", PAID);
    accepted();
    accepted();
    wants("order", "ORD-1", "confirm", "{}");
    accepted();
    rests("await-shipment");
}

static void a_payment_beside_a_direct_one_is_refunded(void **state)
{
    (void)state;
    requested();
    happened("order.payment.received.v1", PAID);
    accepted();
    rests("await-shipment");
    happened("payment.completed.v1", COMPLETED);
    wants("payment", "ORD-1", "refund", "{'reason':'the order was paid otherwise'}");
    accepted();
    rests("await-shipment");
}

static void a_refused_recording_waits_for_the_event_that_explains_it(void **state)
{
    (void)state;
    requested();
    happened("payment.completed.v1", COMPLETED);
    refused("order ORD-1 is already paid");
    rests("await-order");
    happened("order.payment.received.v1", PAID);
    wants("payment", "ORD-1", "refund", "{'reason':'the order was paid otherwise'}");
    accepted();
    wants("order", "ORD-1", "confirm", "{}");
}

static void a_refusal_that_nothing_explains_is_stuck_until_resumed(void **state)
{
    (void)state;
    requested();
    happened("payment.completed.v1", COMPLETED);
    refused("order ORD-1 costs something else");
    timed_out();
    blocked("order record-payment: order ORD-1 costs something else");
    resumed();
    wants("order", "ORD-1", "record-payment",
          "{'amount':900,'currency':'EUR','method':'card','reference':'R-1'}");
}

static void a_cancelled_order_that_was_paid_directly_is_stuck_until_a_person_pays_back(void **state)
{
    (void)state;
    placed();
    happened("order.payment.received.v1", PAID);
    happened("order.cancelled.v1", CANCELLED);
    blocked("refund by hand");
    resumed();
    rests("compensated");
}

static void the_own_recording_is_no_direct_payment(void **state)
{
    (void)state;
    requested();
    happened("payment.completed.v1", COMPLETED);
    event_by(true, "order", "ORD-1", "order.payment.received.v1", PAID);
    happened("order.cancelled.v1", CANCELLED);
    wants("payment", "ORD-1", "refund", "{'reason':'changed my mind'}");
}

/* ---- payments that were requested before ---- */

static void answered_it_was_so_already(void)
{
    learn(&(struct saga_input){.kind = SAGA_ANSWER,
                               .category = "payment",
                               .id = "ORD-1",
                               .command = "request",
                               .position = ++position,
                               .accepted = true,
                               .nothing_new = true,
                               .reason = ""});
}

static void asked_state(const char *status)
{
    AUTO(text) struct text state = {0};
    text_printf(&state, "{'status':'%s','reference':'R-0'}", status);
    AUTO(json) json_t *data = told(state.at);
    assert_int_equal(plan.action, SAGA_ASK);
    learn(&(struct saga_input){.kind = SAGA_ANSWER,
                               .category = "payment",
                               .id = "ORD-1",
                               .command = "",
                               .data = data,
                               .accepted = true,
                               .reason = ""});
}

static void a_payment_requested_before_is_asked_about(void **state)
{
    (void)state;
    reserved();
    answered_it_was_so_already();
    asked_state("completed");
    wants("order", "ORD-1", "record-payment", "{'amount':900,'currency':'EUR','reference':'R-0'}");
    reserved();
    answered_it_was_so_already();
    asked_state("requested");
    rests("await-payment");
    reserved();
    answered_it_was_so_already();
    asked_state("failed");
    is_undone("the payment was failed before the order was placed");
}

/* ---- the order leaves early ---- */

static void an_order_that_leaves_before_its_stock_was_reserved_takes_it(void **state)
{
    (void)state;
    placed();
    happened("order.payment.received.v1", PAID);
    happened("order.shipped.v1", "{'carrier':'Post','items':[]}");
    wants("inventory", "P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
    accepted();
    wants("inventory", "P-1", "ship", "{'orderId':'ORD-1'}");
    accepted();
    refused("none left");
    blocked("product P-2 is not in stock");
    resumed();
    wants("inventory", "P-2", "reserve", "{'orderId':'ORD-1','quantity':1}");
    accepted();
    accepted();
    rests("done");
}

static void an_order_that_leaves_while_it_is_undone_takes_its_stock_again(void **state)
{
    (void)state;
    placed();
    accepted();
    happened("order.payment.received.v1", PAID);
    refused("none left");
    accepted();
    refused("order ORD-1 is already shipped");
    rests("await-order");
    happened("order.shipped.v1", "{'carrier':'Post','items':[]}");
    wants("inventory", "P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
}

/* ---- late and repeated ---- */

static void events_of_its_own_commands_change_nothing(void **state)
{
    (void)state;
    confirmed();
    AUTO(json) json_t *before = json_deep_copy(facts);
    position = 10; /* they come after their answers */
    event_by(true, "inventory", "P-1", "inventory.reserved.v1", "{'orderId':'ORD-1','quantity':4}");
    event_by(true, "inventory", "P-2", "inventory.reserved.v1", "{'orderId':'ORD-1','quantity':1}");
    event_by(true, "payment", "ORD-1", "payment.requested.v1", PAID);
    assert_true(json_equal(before, facts));
    rests("await-shipment");
}

static void a_command_that_was_given_up_is_seen_to_by_a_person(void **state)
{
    (void)state;
    placed();
    learn(&(struct saga_input){.kind = SAGA_GIVEN_UP,
                               .category = "inventory",
                               .id = "P-1",
                               .command = "reserve",
                               .reason = "too old"});
    blocked("inventory reserve: too old");
    resumed();
    wants("inventory", "P-1", "reserve", "{'orderId':'ORD-1','quantity':4}");
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
    json_decref(facts);
    saga_plan_finish(&plan);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_fulfilled_step_by_step),
        cmocka_unit_test(the_first_product_out_of_stock_undoes_nothing_but_the_order),
        cmocka_unit_test(a_later_product_out_of_stock_releases_the_earlier),
        cmocka_unit_test(a_failed_payment_is_undone),
        cmocka_unit_test(a_refused_request_is_undone),
        cmocka_unit_test(a_payment_that_does_not_come_is_undone),
        cmocka_unit_test(a_payment_after_the_time_out_is_refunded),
        cmocka_unit_test(a_payment_in_the_middle_of_the_undoing_is_refunded_first),
        cmocka_unit_test(a_customer_s_cancellation_is_undone_at_every_step),
        cmocka_unit_test(a_cancellation_during_a_reservation_waits_for_its_answer),
        cmocka_unit_test(an_order_paid_directly_is_confirmed_without_a_payment),
        cmocka_unit_test(a_payment_beside_a_direct_one_is_refunded),
        cmocka_unit_test(a_refused_recording_waits_for_the_event_that_explains_it),
        cmocka_unit_test(a_refusal_that_nothing_explains_is_stuck_until_resumed),
        cmocka_unit_test(
            a_cancelled_order_that_was_paid_directly_is_stuck_until_a_person_pays_back),
        cmocka_unit_test(the_own_recording_is_no_direct_payment),
        cmocka_unit_test(a_payment_requested_before_is_asked_about),
        cmocka_unit_test(an_order_that_leaves_before_its_stock_was_reserved_takes_it),
        cmocka_unit_test(an_order_that_leaves_while_it_is_undone_takes_its_stock_again),
        cmocka_unit_test(events_of_its_own_commands_change_nothing),
        cmocka_unit_test(a_command_that_was_given_up_is_seen_to_by_a_person),
        cmocka_unit_test(a_forbidden_move_names_both_steps),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
