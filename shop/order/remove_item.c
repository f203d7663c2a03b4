/* order remove-item: removes a line from an order that is not placed yet. */
#include "base/json.h"
#include "shop/order/order.h"

enum err order_remove_item_decide(const void *state, const struct command *command,
                                  struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_CREATED)
        return order_refuse(order, command, "items can be removed only until the order is placed",
                            error);

    int64_t number = json_int_or(command->data, "line", 0);
    const struct order_line *line = order_lines_find(&order->lines, number);
    if (!line)
        return error_set(error, ERR_REFUSED, "order %s has no line %lld", command->id,
                         (long long)number);
    decision_add(decision, "order.item.removed.v1", order_line_to_json(line));
    return OK;
}
