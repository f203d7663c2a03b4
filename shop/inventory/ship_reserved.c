/* inventory ship: the goods that an order reserved leave the warehouse. */
#include "base/json.h"
#include "shop/inventory/inventory.h"

enum err inventory_ship_decide(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct inventory *inventory = state;
    const char *order_id = json_string_or(command->data, "orderId", "");
    int64_t held = inventory_reserved_for(inventory, order_id);
    if (held) {
        decision_add(decision, "inventory.shipped.v1",
                     json_pack("{s:s, s:I}", "orderId", order_id, "quantity", (json_int_t)held));
        return OK;
    }
    if (inventory_shipped_to(inventory, order_id))
        return OK;
    return error_set(error, ERR_REFUSED, "order %s holds no reservation of product %s", order_id,
                     command->id);
}
