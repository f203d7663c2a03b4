/* The order's state as JSON, for people and snapshots. Reading returns the same state, or
 * ERR_CORRUPT. */
#include "shop/order/order.h"

#include <string.h>

json_t *order_to_json(const void *state)
{
    const struct order *order = state;
    const char *status = order_status_name(order->status);
    json_t *json =
        order->status == ORDER_NONE
            ? json_pack("{s:s}", "status", status)
            : json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I}", "status", status, "customerId",
                        order->customer_id, "currency", order->currency, "orderedAt",
                        order->ordered_at, "items", order_lines_to_json(&order->lines), "lastLine",
                        (json_int_t)order->lines.last, "total", (json_int_t)order->lines.total);
    REQUIRE(json);
    return json;
}

static enum err read_status(const json_t *json, enum order_status *ret_status, struct error *error)
{
    const char *name;
    enum err err = event_data_text(json, "status", &name, error);
    if (err)
        return err;
    for (int status = ORDER_NONE; status < ORDER_STATUSES; status++)
        if (strcmp(name, order_status_name((enum order_status)status)) == 0) {
            *ret_status = (enum order_status)status;
            return OK;
        }
    return error_set(error, ERR_CORRUPT, "no order has the status %s", name);
}

static enum err read_lines(const json_t *json, struct order_lines *lines, struct error *error)
{
    const json_t *items = json_object_get(json, "items"), *item;
    if (!json_is_array(items))
        return error_set(error, ERR_CORRUPT, "items is missing or not an array");
    size_t i;
    json_array_foreach (items, i, item) {
        enum err err = order_lines_add(lines, item, error);
        if (err)
            return err;
    }
    int64_t total;
    enum err err =
        event_data_int(json, "lastLine", lines->last, INT64_MAX - 1, &lines->last, error);
    if (!err)
        err = event_data_int(json, "total", lines->total, lines->total, &total, error);
    return err;
}

enum err order_from_json(const json_t *json, void **ret_state, struct error *error)
{
    AUTO(order) struct order *order = order_create();
    enum err err = read_status(json, &order->status, error);
    if (!err && order->status != ORDER_NONE)
        err = order_read_head(order, json, error);
    if (!err && order->status != ORDER_NONE)
        err = read_lines(json, &order->lines, error);
    if (err)
        return error_add_context(error, err, "an order's state");
    *ret_state = order;
    order = NULL;
    return OK;
}
