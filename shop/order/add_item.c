/* order add-item: adds a line to an order that is not placed yet. */
#include "base/json.h"
#include "shop/domain_limits.h"
#include "shop/order/order.h"

/* Within the schema's bounds the product is at most 10^18, so the sum fits int64. */
static enum err check_room(const struct order *order, const struct command *command,
                           int64_t quantity, int64_t unit_price, struct error *error)
{
    if (order->lines.count >= ORDER_LINES_MOST)
        return error_set(error, ERR_REFUSED, "order %s has %d lines already, which is the maximum",
                         command->id, ORDER_LINES_MOST);
    if (order->lines.total + quantity * unit_price > AMOUNT_MOST)
        return error_set(error, ERR_REFUSED,
                         "order %s would cost more than %lld, which is the maximum", command->id,
                         (long long)AMOUNT_MOST);
    return OK;
}

enum err order_add_item_decide(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_CREATED)
        return order_refuse(order, command, "items can be added only until the order is placed",
                            error);

    int64_t quantity = json_int_or(command->data, "quantity", 0);
    int64_t unit_price = json_int_or(command->data, "unitPrice", 0);
    enum err err = check_room(order, command, quantity, unit_price, error);
    if (err)
        return err;
    const struct order_line line = {
        .line = order->lines.last + 1,
        .product_id = (char *)json_string_or(command->data, "productId", NULL),
        .quantity = quantity,
        .unit_price = unit_price,
    };
    decision_add(decision, "order.item.added.v1", order_line_to_json(&line));
    return OK;
}
