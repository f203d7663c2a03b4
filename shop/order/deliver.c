/* order deliver: the goods have arrived. */
#include "shop/order/order.h"

enum err order_deliver_decide(const void *state, const struct command *command,
                              struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_SHIPPED)
        return order_refuse(order, command, "only a shipped order can be delivered", error);

    decision_add(decision, "order.delivered.v1",
                 json_pack("{s:s}", "customerId", order->customer_id));
    return OK;
}
