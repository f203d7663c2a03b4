/* order ship: the goods have left. A paid order can be shipped without confirmation. */
#include "base/json.h"
#include "shop/order/order.h"

enum err order_ship_decide(const void *state, const struct command *command,
                           struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_PAID && order->status != ORDER_CONFIRMED)
        return order_refuse(order, command, "only a paid or confirmed order can be shipped", error);

    decision_add(decision, "order.shipped.v1",
                 json_pack("{s:s, s:s*, s:o}", "carrier",
                           json_string_or(command->data, "carrier", NULL), "trackingNumber",
                           json_string_or(command->data, "trackingNumber", NULL), "items",
                           order_lines_to_json(&order->lines)));
    return OK;
}
