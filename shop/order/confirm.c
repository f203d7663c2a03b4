/* order confirm: the shop accepts a paid order; the warehouse may ship it. */
#include "shop/order/order.h"

enum err order_confirm_decide(const void *state, const struct command *command,
                              struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status == ORDER_CONFIRMED)
        return OK;
    if (order->status != ORDER_PAID)
        return order_refuse(order, command, "only a paid order can be confirmed", error);

    decision_add(decision, "order.confirmed.v1",
                 json_pack("{s:s}", "customerId", order->customer_id));
    return OK;
}
