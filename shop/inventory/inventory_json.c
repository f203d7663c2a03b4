/* The stock's state as JSON: {onHand, reserved, available, reservations: {order: quantity},
 * shipped: [order]}. Reading recomputes the sums; a difference is ERR_CORRUPT. */
#include "shop/inventory/inventory.h"

#include "base/json.h"
#include "shop/domain_limits.h"
#include "write_model/event_data.h"

#include <string.h>

json_t *inventory_to_json(const void *state)
{
    const struct inventory *inventory = state;
    json_t *shipped = json_array();
    const char *order_id;
    json_t *ignored;
    json_object_foreach (inventory->shipped, order_id, ignored) {
        int failed = json_array_append_new(shipped, json_string(order_id));
        REQUIRE(!failed);
    }
    json_t *json = json_pack("{s:I, s:I, s:I, s:o, s:o}", "onHand", (json_int_t)inventory->on_hand,
                             "reserved", (json_int_t)inventory->reserved, "available",
                             (json_int_t)inventory_available(inventory), "reservations",
                             json_copy(inventory->reservations), "shipped", shipped);
    REQUIRE(json);
    return json;
}

static enum err read_reservations(struct inventory *inventory, json_t *reservations,
                                  struct error *error)
{
    if (!json_is_object(reservations))
        return error_set(error, ERR_CORRUPT, "reservations is missing or not an object");
    const char *order_id;
    json_t *held;
    json_object_foreach (reservations, order_id, held) {
        int64_t quantity;
        enum err err = event_data_int(reservations, order_id, 1, QUANTITY_MOST, &quantity, error);
        if (err)
            return err;
        inventory->reserved += quantity;
        inventory->id_bytes += strlen(order_id);
    }
    int failed = json_object_update(inventory->reservations, reservations);
    REQUIRE(!failed);
    return OK;
}

static enum err read_shipped(struct inventory *inventory, const json_t *shipped,
                             struct error *error)
{
    if (!json_is_array(shipped))
        return error_set(error, ERR_CORRUPT, "shipped is missing or not an array");
    size_t i;
    json_t *order_id;
    json_array_foreach (shipped, i, order_id) {
        if (!json_is_string(order_id))
            return error_set(error, ERR_CORRUPT,
                             "shipped contains an element that is not an order id");
        int failed =
            json_object_set_new(inventory->shipped, json_string_value(order_id), json_true());
        REQUIRE(!failed);
        inventory->id_bytes += json_string_length(order_id);
    }
    return OK;
}

enum err inventory_from_json(const json_t *json, void **ret_state, struct error *error)
{
    AUTO(inventory) struct inventory *inventory = inventory_create();
    enum err err = read_reservations(inventory, json_object_get(json, "reservations"), error);
    if (!err)
        err = read_shipped(inventory, json_object_get(json, "shipped"), error);
    if (!err)
        err = event_data_int(json, "onHand", inventory->reserved, INT64_MAX, &inventory->on_hand,
                             error);
    int64_t reserved;
    if (!err)
        err = event_data_int(json, "reserved", inventory->reserved, inventory->reserved, &reserved,
                             error);
    if (err)
        return error_add_context(error, err, "a stock's state");
    *ret_state = inventory;
    inventory = NULL;
    return OK;
}
