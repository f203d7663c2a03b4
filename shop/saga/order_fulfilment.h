/* The saga of a placed order: stock is reserved, payment asked for, the order confirmed, and stock
 * leaves when it ships; any failure is undone in reverse order.
 */
#pragma once

#include "sagas/saga.h"

extern const struct saga_kind order_fulfilment;

/* How an input changes the facts (order_fulfilment_evolve.c). */
void order_fulfilment_evolve(json_t *facts, const struct saga_input *input);

/* The entry of the product in `items`; NULL if not found. */
json_t *order_fulfilment_item(const json_t *items, const char *product);

/* The next step according to the facts (order_fulfilment_decide.c). */
void order_fulfilment_decide(const char *id, const json_t *facts, struct saga_decision *decision);

/* The facts, a JSON object; `…At` is the position as of which it is so. `failed` and `blocked` are
 * what they are of every saga.
 *
 *   customerId, currency, amount, paymentTimeoutMs: as the order was placed
 *   items: a product each, {productId, quantity, held, heldAt}; held is none, reserved, released,
 *     shipped, or missing: shipped without stock
 *   order, orderAt: placed, paid, confirmed, shipped, cancelled
 *   payment, paymentAt: none: nothing is known of it; unknown: it was requested before; absent:
 *     asked about, there is none; requested, completed, failed, refunded; reference and method
 *   direct: the order was paid by somebody else than us
 *   refused: {command, why, expired}, what the order refused; the event that explains it will come
 *   byHand: a person has paid back what was paid directly
 */
