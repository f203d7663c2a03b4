/* The stock's state as the fold of its events. Each fold keeps on hand ≥ reserved ≥ 0 and
 * `reserved` equal to the sum of the reservations, or rejects the event as damaged. */
#include "shop/inventory/inventory.h"

#include "base/json.h"
#include "shop/domain_limits.h"
#include "write_model/event_data.h"

#include <string.h>

/* A member of a jansson object without its name: hash bucket, list links, the number. Measured with
 * 2.14: 92 to 126 bytes. */
#define BYTES_PER_ORDER 128

int64_t inventory_available(const struct inventory *inventory)
{
    return inventory->on_hand - inventory->reserved;
}

int64_t inventory_reserved_for(const struct inventory *inventory, const char *order_id)
{
    return json_int_or(inventory->reservations, order_id, 0);
}

bool inventory_shipped_to(const struct inventory *inventory, const char *order_id)
{
    return json_object_get(inventory->shipped, order_id) != NULL;
}

void *inventory_create(void)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);
    REQUIRE(inventory);
    inventory->reservations = json_object();
    inventory->shipped = json_object();
    REQUIRE(inventory->reservations && inventory->shipped);
    return inventory;
}

void inventory_destroy(void *state)
{
    struct inventory *inventory = state;
    if (!inventory)
        return;
    json_decref(inventory->reservations);
    json_decref(inventory->shipped);
    free(inventory);
}

static void put(struct inventory *inventory, json_t *table, const char *order_id, json_t *value)
{
    int failed = json_object_set_new(table, order_id, value);
    REQUIRE(!failed);
    inventory->id_bytes += strlen(order_id);
}

static void take_out(struct inventory *inventory, const char *order_id)
{
    int failed = json_object_del(inventory->reservations, order_id);
    REQUIRE(!failed);
    inventory->id_bytes -= strlen(order_id);
}

/* It would take nine thousand billion events of the greatest quantity to overflow `on_hand`. */
static enum err received(struct inventory *inventory, const json_t *data, struct error *error)
{
    int64_t quantity;
    enum err err = event_data_int(data, "quantity", 1, QUANTITY_MOST, &quantity, error);
    if (!err)
        inventory->on_hand += quantity;
    return err;
}

static enum err read_order(const json_t *data, const char **ret_order_id, int64_t *ret_quantity,
                           struct error *error)
{
    enum err err = event_data_text(data, "orderId", ret_order_id, error);
    return err ? err : event_data_int(data, "quantity", 1, QUANTITY_MOST, ret_quantity, error);
}

static enum err reserved(struct inventory *inventory, const json_t *data, struct error *error)
{
    const char *order_id;
    int64_t quantity;
    enum err err = read_order(data, &order_id, &quantity, error);
    if (err)
        return err;
    if (quantity > inventory_available(inventory) || inventory_reserved_for(inventory, order_id))
        return error_set(error, ERR_CORRUPT, "order %s cannot reserve %lld of this product",
                         order_id, (long long)quantity);
    put(inventory, inventory->reservations, order_id, json_integer(quantity));
    inventory->reserved += quantity;
    return OK;
}

/* Ends the order's reservation; `quantity` must equal it. */
static enum err end_reservation(struct inventory *inventory, const json_t *data,
                                const char **ret_order_id, int64_t *ret_quantity,
                                struct error *error)
{
    enum err err = read_order(data, ret_order_id, ret_quantity, error);
    if (err)
        return err;
    if (inventory_reserved_for(inventory, *ret_order_id) != *ret_quantity)
        return error_set(error, ERR_CORRUPT, "order %s has not reserved %lld of this product",
                         *ret_order_id, (long long)*ret_quantity);
    take_out(inventory, *ret_order_id);
    inventory->reserved -= *ret_quantity;
    return OK;
}

static enum err released(struct inventory *inventory, const json_t *data, struct error *error)
{
    const char *order_id;
    int64_t quantity;
    return end_reservation(inventory, data, &order_id, &quantity, error);
}

static enum err shipped(struct inventory *inventory, const json_t *data, struct error *error)
{
    const char *order_id;
    int64_t quantity;
    enum err err = end_reservation(inventory, data, &order_id, &quantity, error);
    if (err)
        return err;
    put(inventory, inventory->shipped, order_id, json_true());
    inventory->on_hand -= quantity;
    return OK;
}

static const struct {
    const char *type;
    enum err (*apply)(struct inventory *inventory, const json_t *data, struct error *error);
} changes[] = {
    {"inventory.received.v1", received},
    {"inventory.reserved.v1", reserved},
    {"inventory.released.v1", released},
    {"inventory.shipped.v1", shipped},
};

enum err inventory_evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (strcmp(changes[i].type, type) != 0)
            continue;
        enum err err = changes[i].apply(state, data, error);
        return err ? error_add_context(error, err, "%s", type) : OK;
    }
    return OK;
}

size_t inventory_size(const void *state)
{
    const struct inventory *inventory = state;
    size_t orders =
        json_object_size(inventory->reservations) + json_object_size(inventory->shipped);
    return sizeof *inventory + orders * BYTES_PER_ORDER + inventory->id_bytes;
}
