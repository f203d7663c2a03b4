/* inventory release: ends an order's reservation. For an order without a reservation, or whose
 * goods were shipped, it decides nothing. */
#include "base/json.h"
#include "shop/inventory/inventory.h"

enum err inventory_release_decide(const void *state, const struct command *command,
                                  struct decision *decision, struct error *error)
{
    (void)error;
    const char *order_id = json_string_or(command->data, "orderId", "");
    int64_t held = inventory_reserved_for(state, order_id);
    if (held)
        decision_add(decision, "inventory.released.v1",
                     json_pack("{s:s, s:I}", "orderId", order_id, "quantity", (json_int_t)held));
    return OK;
}
