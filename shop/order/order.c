/* The order's state as the fold of its events. Folding applies no rules: the events have happened.
 * It only rejects damaged data, before it changes anything. */
#include "shop/order/order.h"

#include <string.h>

static const char *const status_names[ORDER_STATUSES] = {
    [ORDER_NONE] = "none",           [ORDER_CREATED] = "created",     [ORDER_PLACED] = "placed",
    [ORDER_PAID] = "paid",           [ORDER_CONFIRMED] = "confirmed", [ORDER_SHIPPED] = "shipped",
    [ORDER_DELIVERED] = "delivered", [ORDER_CANCELLED] = "cancelled",
};

const char *order_status_name(enum order_status status)
{
    return status_names[status];
}

void *order_create(void)
{
    struct order *order = calloc(1, sizeof *order);
    REQUIRE(order);
    return order;
}

void order_destroy(void *state)
{
    struct order *order = state;
    if (!order)
        return;
    order_lines_finish(&order->lines);
    free(order->customer_id);
    free(order);
}

enum err order_refuse(const struct order *order, const struct command *command, const char *rule,
                      struct error *error)
{
    if (order->status == ORDER_NONE)
        return error_set(error, ERR_REFUSED, "unknown order %s", command->id);
    return error_set(error, ERR_REFUSED, "order %s is %s; %s", command->id,
                     order_status_name(order->status), rule);
}

enum err order_read_head(struct order *order, const json_t *data, struct error *error)
{
    const char *customer, *ordered_at;
    char currency[CURRENCY_BYTES];
    enum err err = event_data_text(data, "customerId", &customer, error);
    if (!err)
        err = currency_read(data, currency, error);
    if (!err)
        err = event_data_text(data, "orderedAt", &ordered_at, error);
    if (err)
        return err;
    if (strlen(ordered_at) != CLOCK_TEXT_BYTES - 1)
        return error_set(error, ERR_CORRUPT, "orderedAt is not a time: %s", ordered_at);
    free(order->customer_id);
    order->customer_id = strdup(customer);
    REQUIRE(order->customer_id);
    memcpy(order->currency, currency, sizeof currency);
    memcpy(order->ordered_at, ordered_at, CLOCK_TEXT_BYTES);
    return OK;
}

static enum err item_added(struct order *order, const json_t *data, struct error *error)
{
    return order_lines_add(&order->lines, data, error);
}

static enum err item_removed(struct order *order, const json_t *data, struct error *error)
{
    int64_t number;
    enum err err = event_data_int(data, "line", 1, INT64_MAX, &number, error);
    if (err)
        return err;
    const struct order_line *line = order_lines_find(&order->lines, number);
    if (!line)
        return error_set(error, ERR_CORRUPT, "line %lld is not in the order", (long long)number);
    order_lines_remove(&order->lines, line);
    return OK;
}

/* The changes of an event: those of its data, if any, then the status. */
static const struct {
    const char *type;
    enum err (*apply)(struct order *order, const json_t *data, struct error *error);
    enum order_status status;
} changes[] = {
    {"order.created.v1", order_read_head, ORDER_CREATED},
    {"order.item.added.v1", item_added, ORDER_CREATED},
    {"order.item.removed.v1", item_removed, ORDER_CREATED},
    {"order.placed.v1", NULL, ORDER_PLACED},
    {"order.payment.received.v1", NULL, ORDER_PAID},
    {"order.confirmed.v1", NULL, ORDER_CONFIRMED},
    {"order.shipped.v1", NULL, ORDER_SHIPPED},
    {"order.delivered.v1", NULL, ORDER_DELIVERED},
    {"order.cancelled.v1", NULL, ORDER_CANCELLED},
};

enum err order_evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct order *order = state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (strcmp(changes[i].type, type) != 0)
            continue;
        enum err err = changes[i].apply ? changes[i].apply(order, data, error) : OK;
        if (err)
            return error_add_context(error, err, "%s", type);
        order->status = changes[i].status;
        return OK;
    }
    return OK;
}

size_t order_size(const void *state)
{
    const struct order *order = state;
    return sizeof *order + (order->customer_id ? strlen(order->customer_id) + 1 : 0) +
           order_lines_size(&order->lines);
}
