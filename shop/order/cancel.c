/* order cancel: ends an order that was not shipped. The event contains everything that readers need
 * to reverse their counts: a read model cannot query the order. */
#include "base/json.h"
#include "shop/order/order.h"

enum err order_cancel_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status == ORDER_CANCELLED)
        return OK;
    if (order->status == ORDER_NONE || order->status > ORDER_CONFIRMED)
        return order_refuse(order, command,
                            "only an order that has not been shipped can be cancelled", error);

    decision_add(decision, "order.cancelled.v1",
                 json_pack("{s:s, s:b, s:s, s:s, s:s, s:o, s:I, s:b}", "reason",
                           json_string_or(command->data, "reason", NULL), "wasPlaced",
                           order->status >= ORDER_PLACED, "customerId", order->customer_id,
                           "currency", order->currency, "orderedAt", order->ordered_at, "items",
                           order_lines_to_json(&order->lines), "total",
                           (json_int_t)order->lines.total, "paid", order->status >= ORDER_PAID));
    return OK;
}
