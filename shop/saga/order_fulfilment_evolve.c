/* How events, answers and time-outs change the facts. A repeated input, or one that is older than the
 * known facts, changes nothing. */
#include "shop/saga/order_fulfilment.h"

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void set_text(json_t *object, const char *member, const char *text)
{
    json_object_set_new(object, member, json_string(text));
}

static void set_flag(json_t *object, const char *member)
{
    json_object_set_new(object, member, json_true());
}

/* ---- events ---- */

static void evolve_order(json_t *facts, const char *status, int64_t position)
{
    if (saga_facts_note(facts, "order", status, position))
        json_object_del(facts, "refused");
}

static void order_paid(json_t *facts, const struct saga_input *input)
{
    if (!input->own)
        set_flag(facts, "direct");
    evolve_order(facts, "paid", input->position);
}

static void order_confirmed(json_t *facts, const struct saga_input *input)
{
    evolve_order(facts, "confirmed", input->position);
}

static void order_shipped(json_t *facts, const struct saga_input *input)
{
    evolve_order(facts, "shipped", input->position);
}

static void order_cancelled(json_t *facts, const struct saga_input *input)
{
    saga_facts_fail(facts, "%s", json_string_or(input->data, "reason", "the order was cancelled"));
    evolve_order(facts, "cancelled", input->position);
}

static bool evolve_payment(json_t *facts, const char *status, int64_t position)
{
    return saga_facts_note(facts, "payment", status, position);
}

/* A failed payment is a failure of the saga only while the saga waits for it. */
static bool is_unpaid(const json_t *facts)
{
    return json_string_is(facts, "order", "placed");
}

static void payment_requested(json_t *facts, const struct saga_input *input)
{
    evolve_payment(facts, "requested", input->position);
}

/* Another client may have requested another amount, which does not pay the order. */
static void check_amount(json_t *facts, const json_t *payment)
{
    const char *currency = json_string_or(facts, "currency", "");
    int64_t due = json_int_or(facts, "amount", 0), amount = json_int_or(payment, "amount", 0);
    if (is_unpaid(facts) && (amount != due || !json_string_is(payment, "currency", currency)))
        saga_facts_fail(facts, "the payment was %lld %s instead of %lld %s", (long long)amount,
                        json_string_or(payment, "currency", ""), (long long)due, currency);
}

static void payment_completed(json_t *facts, const struct saga_input *input)
{
    if (!evolve_payment(facts, "completed", input->position))
        return;
    set_text(facts, "reference", json_string_or(input->data, "reference", ""));
    set_text(facts, "method", json_string_or(input->data, "method", ""));
    check_amount(facts, input->data);
}

static void payment_failed(json_t *facts, const struct saga_input *input)
{
    if (evolve_payment(facts, "failed", input->position) && is_unpaid(facts))
        saga_facts_fail(facts, "the payment failed: %s", json_string_or(input->data, "reason", ""));
}

static void payment_refunded(json_t *facts, const struct saga_input *input)
{
    if (evolve_payment(facts, "refunded", input->position) && is_unpaid(facts))
        saga_facts_fail(facts, "the payment was refunded");
}

static void evolve_item(json_t *facts, const char *product, const char *held, int64_t position)
{
    json_t *item = order_fulfilment_item(json_object_get(facts, "items"), product);
    if (item)
        saga_facts_note(item, "held", held, position);
}

static void stock_reserved(json_t *facts, const struct saga_input *input)
{
    evolve_item(facts, input->id, "reserved", input->position);
}

static void stock_released(json_t *facts, const struct saga_input *input)
{
    evolve_item(facts, input->id, "released", input->position);
}

static void stock_shipped(json_t *facts, const struct saga_input *input)
{
    evolve_item(facts, input->id, "shipped", input->position);
}

typedef void evolve_fn(json_t *facts, const struct saga_input *input);

static const struct {
    const char *type;
    evolve_fn *evolve;
} events[] = {
    {"order.payment.received.v1", order_paid},   {"order.confirmed.v1", order_confirmed},
    {"order.shipped.v1", order_shipped},         {"order.cancelled.v1", order_cancelled},
    {"payment.requested.v1", payment_requested}, {"payment.completed.v1", payment_completed},
    {"payment.failed.v1", payment_failed},       {"payment.refunded.v1", payment_refunded},
    {"inventory.reserved.v1", stock_reserved},   {"inventory.released.v1", stock_released},
    {"inventory.shipped.v1", stock_shipped},
};

static void evolve_event(json_t *facts, const struct saga_input *input)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (is(events[i].type, input->type))
            events[i].evolve(facts, input);
}

/* ---- answers ---- */

/* Another client made the request before: its result may be older than this saga. */
static void request_accepted(json_t *facts, const struct saga_input *input)
{
    if (!input->nothing_new)
        evolve_payment(facts, "requested", input->position);
    else if (json_string_is(facts, "payment", "none"))
        set_text(facts, "payment", "unknown");
}

static void record_accepted(json_t *facts, const struct saga_input *input)
{
    evolve_order(facts, "paid", input->position);
}

static void cancel_accepted(json_t *facts, const struct saga_input *input)
{
    evolve_order(facts, "cancelled", input->position);
}

/* Out of stock. If the order was already shipped, this is not a failure of the saga: an operator
 * must correct the stock. */
static void reserve_refused(json_t *facts, const struct saga_input *input)
{
    json_t *item = order_fulfilment_item(json_object_get(facts, "items"), input->id);
    if (json_string_is(facts, "order", "shipped") && item)
        set_text(item, "held", "missing");
    else
        saga_facts_fail(facts, "product %s: %s", input->id, input->reason);
}

static void request_refused(json_t *facts, const struct saga_input *input)
{
    saga_facts_fail(facts, "the payment was refused: %s", input->reason);
}

/* The order is in another state than the facts say: the event is in the log already. */
static void order_refused(json_t *facts, const struct saga_input *input)
{
    json_object_set_new(facts, "refused",
                        json_pack("{s:s, s:s}", "command", input->command, "why", input->reason));
}

static const struct {
    const char *category, *command;
    evolve_fn *accepted, *refused;
} answers[] = {
    {"inventory", "reserve", stock_reserved, reserve_refused},
    {"inventory", "release", stock_released, saga_facts_block},
    {"inventory", "ship", stock_shipped, saga_facts_block},
    {"payment", "request", request_accepted, request_refused},
    {"payment", "refund", payment_refunded, saga_facts_block},
    {"order", "record-payment", record_accepted, order_refused},
    {"order", "confirm", order_confirmed, order_refused},
    {"order", "cancel", cancel_accepted, order_refused},
};

/* The state before the order was placed; later events override it. */
static void payment_found(json_t *facts, const json_t *payment)
{
    const char *status = payment ? json_string_or(payment, "status", "requested") : "absent";
    set_text(facts, "payment", status);
    set_text(facts, "reference", json_string_or(payment, "reference", ""));
    set_text(facts, "method", json_string_or(payment, "method", ""));
    if ((is(status, "failed") || is(status, "refunded")) && is_unpaid(facts))
        saga_facts_fail(facts, "the payment was %s before the order was placed", status);
}

static void evolve_state(json_t *facts, const struct saga_input *input)
{
    if (!input->accepted)
        saga_facts_block(facts, input);
    else if (json_string_is(facts, "payment", "none") ||
             json_string_is(facts, "payment", "unknown"))
        payment_found(facts, input->data);
}

static void evolve_answer(json_t *facts, const struct saga_input *input)
{
    if (input->command[0] == '\0')
        evolve_state(facts, input);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (is(answers[i].category, input->category) && is(answers[i].command, input->command))
            (input->accepted ? answers[i].accepted : answers[i].refused)(facts, input);
}

/* ---- the rest ---- */

/* Two waits have a time limit: for the payment, and for the event that explains a refusal. */
static void evolve_timeout(json_t *facts)
{
    json_t *refused = json_object_get(facts, "refused");
    if (refused)
        set_flag(refused, "expired");
    else
        saga_facts_fail(facts, "no payment within %lld s",
                        (long long)(json_int_or(facts, "paymentTimeoutMs", 0) / 1000));
}

static void forget_missing(json_t *facts)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(facts, "items"), i, item) {
        if (json_string_is(item, "held", "missing"))
            set_text(item, "held", "none");
    }
}

/* Retries the step at which the saga is stuck; a refund by hand counts as done. */
static void evolve_resumed(json_t *facts)
{
    bool other = saga_facts_blocked(facts) || json_object_get(facts, "refused");
    json_object_del(facts, "refused");
    forget_missing(facts);
    if (!other)
        set_flag(facts, "byHand");
}

void order_fulfilment_evolve(json_t *facts, const struct saga_input *input)
{
    switch (input->kind) {
    case SAGA_EVENT:
        evolve_event(facts, input);
        break;
    case SAGA_ANSWER:
        evolve_answer(facts, input);
        break;
    case SAGA_TIMEOUT:
        evolve_timeout(facts);
        break;
    case SAGA_RESUMED:
        evolve_resumed(facts);
        break;
    case SAGA_GIVEN_UP: /* blocks every saga */
        break;
    }
}
