/* order place: the order counts as sold, and its items no longer change. */
#include "shop/order/order.h"

enum err order_place_decide(const void *state, const struct command *command,
                            struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_CREATED)
        return order_refuse(order, command, "only a created order can be placed", error);
    if (order->lines.count == 0)
        return error_set(error, ERR_REFUSED, "order %s has no items; add one before placing it",
                         command->id);

    decision_add(decision, "order.placed.v1",
                 json_pack("{s:s, s:s, s:s, s:o, s:I}", "customerId", order->customer_id,
                           "currency", order->currency, "orderedAt", order->ordered_at, "items",
                           order_lines_to_json(&order->lines), "total",
                           (json_int_t)order->lines.total));
    return OK;
}
