/* inventory receive: adds goods; the first receipt creates the product's stock. */
#include "base/json.h"
#include "shop/inventory/inventory.h"

enum err inventory_receive_decide(const void *state, const struct command *command,
                                  struct decision *decision, struct error *error)
{
    (void)state, (void)error;
    decision_add(decision, "inventory.received.v1",
                 json_pack("{s:I, s:s*}", "quantity",
                           (json_int_t)json_int_or(command->data, "quantity", 0), "name",
                           json_string_or(command->data, "name", NULL)));
    return OK;
}
