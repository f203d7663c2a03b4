/* The stock of one product: on hand ≥ reserved ≥ 0, always.
 *
 * Reservations and shipments of all orders are kept without limit, so that a repeated command is
 * recognized. A popular product may have very many: both tables are hashed, so that the cost of
 * folding an event or deciding a command does not depend on their size.
 */
#pragma once

#include "write_model/aggregate.h"

struct inventory {
    int64_t on_hand, reserved;
    json_t *reservations; /* order id → quantity held */
    json_t *shipped;      /* order id → true */
    size_t id_bytes;      /* of the ids in both tables */
};

/* The quantity that can still be reserved. */
int64_t inventory_available(const struct inventory *inventory);

/* The quantity that the order has reserved, or 0. */
int64_t inventory_reserved_for(const struct inventory *inventory, const char *order_id);
bool inventory_shipped_to(const struct inventory *inventory, const char *order_id);

/* The aggregate's functions, as struct aggregate declares them: a state is a struct inventory. */
void *inventory_create(void);
void inventory_destroy(void *state);
MUST_CHECK enum err inventory_evolve(void *state, const char *type, const json_t *data,
                                     struct error *error);
json_t *inventory_to_json(const void *state);
MUST_CHECK enum err inventory_from_json(const json_t *json, void **ret_state, struct error *error);
size_t inventory_size(const void *state);
AUTO_CLOSE(inventory, struct inventory, inventory_destroy)

/* One file each: receive.c, reserve.c … */
decide_fn inventory_receive_decide, inventory_reserve_decide, inventory_release_decide,
    inventory_ship_decide;

extern const struct aggregate inventory_aggregate;
