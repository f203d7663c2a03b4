/* The saga of a placed order: it reserves stock, requests the payment, confirms the order, and ships the
 * stock when the order ships. After a failure it undoes the completed steps in reverse order.
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

/* The facts, a JSON object; `…At` is the position as of which a fact holds. `failed` and `blocked` are
 * those of every saga.
 *
 *   customerId, currency, amount, paymentTimeoutMs: as the order was placed
 *   items: one for each product, {productId, quantity, held, heldAt}; held is none, reserved,
 *     released, shipped, or missing: the order was shipped without stock
 *   order, orderAt: placed, paid, confirmed, shipped, cancelled
 *   payment, paymentAt: none: no payment is known; unknown: one was requested before; absent: a
 *     question found none; requested, completed, failed, refunded; with reference and method
 *   direct: the order was paid directly, not by a command of this saga
 *   refused: {command, why, expired}, a command that the order refused; an event will explain it
 *   byHand: an operator has refunded the direct payment
 */
