/* The next step of the saga, a function of the facts alone: the first goal that is not reached yet. The
 * goals depend on whether the order has left, must be undone, or must still be fulfilled. */
#include "shop/saga/order_fulfilment.h"

#define EXPLANATION_TIMEOUT_MS 60000

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool order_is(const json_t *facts, const char *status)
{
    return json_string_is(facts, "order", status);
}

static bool payment_is(const json_t *facts, const char *status)
{
    return json_string_is(facts, "payment", status);
}

static bool is_so(const json_t *facts, const char *flag)
{
    return json_is_true(json_object_get(facts, flag));
}

/* No event shows the state of a payment from before the order was placed: it may be completed. */
static bool payment_is_unclear(const json_t *facts)
{
    return payment_is(facts, "none") || payment_is(facts, "unknown");
}

static void reserve(const char *id, const json_t *item, const char *step,
                    struct saga_decision *decision)
{
    saga_decision_send(decision, step, "inventory", json_string_or(item, "productId", ""),
                       "reserve",
                       json_pack("{s:s, s:I}", "orderId", id, "quantity",
                                 (json_int_t)json_int_or(item, "quantity", 0)));
}

static void move_stock(const char *id, const json_t *item, const char *step, const char *command,
                       struct saga_decision *decision)
{
    saga_decision_send(decision, step, "inventory", json_string_or(item, "productId", ""), command,
                       json_pack("{s:s}", "orderId", id));
}

static void refund(const char *id, const char *step, const char *reason,
                   struct saga_decision *decision)
{
    saga_decision_send(decision, step, "payment", id, "refund",
                       json_pack("{s:s}", "reason", reason));
}

static void ask_payment(const char *id, struct saga_decision *decision)
{
    saga_decision_ask(decision, "ask-payment", "payment", id);
}

/* False if no payment must be refunded: the order was not paid directly, or no other payment was
 * completed. */
static bool return_payment(const char *id, const json_t *facts, struct saga_decision *decision)
{
    if (!is_so(facts, "direct"))
        return false;
    if (payment_is_unclear(facts))
        ask_payment(id, decision);
    else if (payment_is(facts, "completed"))
        refund(id, "return-payment", "the order was paid directly", decision);
    else
        return false;
    return true;
}

/* A command to the order. A refused command is not sent again before an event explains the
 * refusal. */
static void tell_order(const char *id, const json_t *facts, const char *step, const char *command,
                       json_t *take_body, struct saga_decision *decision)
{
    const json_t *refused = json_object_get(facts, "refused");
    if (!refused || !json_string_is(refused, "command", command)) {
        saga_decision_send(decision, step, "order", id, command, take_body);
        return;
    }
    json_decref(take_body);
    if (is_so(refused, "expired"))
        saga_decision_block(decision, "await-order", "order %s: %s", command,
                            json_string_or(refused, "why", ""));
    else
        saga_decision_rest(decision, "await-order", EXPLANATION_TIMEOUT_MS);
}

/* ---- the order must be fulfilled ---- */

static json_t *payment_body(const json_t *facts)
{
    const char *method = json_string_or(facts, "method", "");
    const char *reference = json_string_or(facts, "reference", "");
    return json_pack("{s:I, s:s, s:s*, s:s*}", "amount",
                     (json_int_t)json_int_or(facts, "amount", 0), "currency",
                     json_string_or(facts, "currency", ""), "method", method[0] ? method : NULL,
                     "reference", reference[0] ? reference : NULL);
}

static void get_paid(const char *id, const json_t *facts, struct saga_decision *decision)
{
    if (payment_is(facts, "none"))
        saga_decision_send(decision, "request-payment", "payment", id, "request",
                           json_pack("{s:I, s:s, s:s}", "amount",
                                     (json_int_t)json_int_or(facts, "amount", 0), "currency",
                                     json_string_or(facts, "currency", ""), "customerId",
                                     json_string_or(facts, "customerId", "")));
    else if (payment_is(facts, "unknown"))
        ask_payment(id, decision);
    else if (payment_is(facts, "completed"))
        tell_order(id, facts, "record-payment", "record-payment", payment_body(facts), decision);
    else
        saga_decision_rest(decision, "await-payment", json_int_or(facts, "paymentTimeoutMs", 0));
}

static void decide_fulfilment(const char *id, const json_t *facts, struct saga_decision *decision)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(facts, "items"), i, item) {
        const char *held = json_string_or(item, "held", "");
        if (is(held, "none") || is(held, "released")) {
            reserve(id, item, "reserve-stock", decision);
            return;
        }
    }
    if (order_is(facts, "placed"))
        get_paid(id, facts, decision);
    else if (return_payment(id, facts, decision))
        return;
    else if (order_is(facts, "paid"))
        tell_order(id, facts, "confirm-order", "confirm", json_object(), decision);
    else
        saga_decision_rest(decision, "await-shipment", 0);
}

/* ---- the order has left ---- */

/* The first product in the state `held`; if `held` is NULL, the first that has neither left nor is
 * missing. NULL: none. */
static const json_t *find_item(const json_t *facts, const char *held)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(facts, "items"), i, item) {
        const char *now = json_string_or(item, "held", "");
        bool is_open = !is(now, "shipped") && !is(now, "missing");
        if (held ? is(now, held) : is_open)
            return item;
    }
    return NULL;
}

static void decide_leaving(const char *id, const json_t *facts, struct saga_decision *decision)
{
    const json_t *next = find_item(facts, NULL), *missing = find_item(facts, "missing");
    if (return_payment(id, facts, decision))
        return;
    if (next && json_string_is(next, "held", "reserved"))
        move_stock(id, next, "ship-stock", "ship", decision);
    else if (next)
        reserve(id, next, "ship-stock", decision);
    else if (missing)
        saga_decision_block(decision, "ship-stock",
                            "the order has left, but product %s is not in stock",
                            json_string_or(missing, "productId", ""));
    else
        saga_decision_rest(decision, "done", 0);
}

/* ---- the order must be undone, in reverse ---- */

static const json_t *last_reserved(const json_t *facts)
{
    const json_t *items = json_object_get(facts, "items");
    for (size_t i = json_array_size(items); i > 0; i--) {
        const json_t *item = json_array_get(items, i - 1);
        if (json_string_is(item, "held", "reserved"))
            return item;
    }
    return NULL;
}

static void decide_undoing(const char *id, const json_t *facts, const char *reason,
                           struct saga_decision *decision)
{
    const json_t *item = last_reserved(facts);
    saga_decision_reason(decision, reason);
    if (payment_is_unclear(facts))
        ask_payment(id, decision);
    else if (payment_is(facts, "completed"))
        refund(id, "refund-payment", decision->reason, decision);
    else if (item)
        move_stock(id, item, "release-stock", "release", decision);
    else if (!order_is(facts, "cancelled"))
        tell_order(id, facts, "cancel-order", "cancel",
                   json_pack("{s:s}", "reason", decision->reason), decision);
    else if (is_so(facts, "direct") && !is_so(facts, "byHand"))
        saga_decision_block(decision, "compensated", "refund by hand: the order was paid directly");
    else
        saga_decision_rest(decision, "compensated", 0);
}

void order_fulfilment_decide(const char *id, const json_t *facts, struct saga_decision *decision)
{
    const char *failed = saga_facts_failed(facts);
    if (order_is(facts, "shipped"))
        decide_leaving(id, facts, decision);
    else if (failed)
        decide_undoing(id, facts, failed, decision);
    else
        decide_fulfilment(id, facts, decision);
}
