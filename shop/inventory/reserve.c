/* inventory reserve: reserves part of the stock for an order, once. An order whose goods were
 * shipped is refused: a repeated command must not reserve them again. */
#include "base/json.h"
#include "shop/inventory/inventory.h"

enum err inventory_reserve_decide(const void *state, const struct command *command,
                                  struct decision *decision, struct error *error)
{
    const struct inventory *inventory = state;
    const char *order_id = json_string_or(command->data, "orderId", "");
    int64_t quantity = json_int_or(command->data, "quantity", 0);
    int64_t held = inventory_reserved_for(inventory, order_id);
    int64_t available = inventory_available(inventory);

    if (held == quantity)
        return OK;
    if (held)
        return error_set(error, ERR_REFUSED,
                         "product %s: %lld requested for order %s, which already holds %lld",
                         command->id, (long long)quantity, order_id, (long long)held);
    if (inventory_shipped_to(inventory, order_id))
        return error_set(error, ERR_REFUSED, "product %s has been shipped to order %s", command->id,
                         order_id);
    if (quantity > available)
        return error_set(error, ERR_REFUSED, "product %s: %lld requested, %lld available",
                         command->id, (long long)quantity, (long long)available);

    decision_add(decision, "inventory.reserved.v1",
                 json_pack("{s:s, s:I}", "orderId", order_id, "quantity", (json_int_t)quantity));
    return OK;
}
