/* The saga of a placed order: stock is reserved, payment asked for, the order confirmed, and stock
 * leaves when it ships; any failure is undone in reverse order.
 */
#pragma once

#include "sagas/saga.h"

extern const struct saga_kind order_fulfilment;

/* What to do next, as far as the facts go (order_fulfilment_plan.c). */
void order_fulfilment_plan(const char *id, const json_t *facts, struct saga_plan *plan);

/* The facts, a JSON object:
 *   customerId, currency, amount, paymentTimeoutMs    as the order was placed
 *   items     [{productId, quantity, held, at}]       a product each; held: none, reserved,
 * released, shipped, or missing: shipped without stock order     placed, paid, confirmed, shipped,
 * cancelled; orderAt payment   none, requested, completed, failed, refunded; paymentAt, reference,
 * method asked     we have asked how the payment is, which was requested before direct    the order
 * was paid by somebody else than us failed    why it cannot be fulfilled refused   {command, why,
 * expired}: what the order refused; the event that explains it will come blocked   what a person
 * must see to byHand    a person has paid back what was paid directly `…At` is the position as of
 * which it is so.
 */
