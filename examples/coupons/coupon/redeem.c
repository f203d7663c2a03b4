/* coupon redeem: once, for one order. */
#include "base/json.h"
#include "coupon/coupon.h"

#include <string.h>

enum err coupon_redeem_decide(const void *state, const struct command *command,
                              struct decision *decision, struct error *error)
{
    const struct coupon *coupon = state;
    const char *order_id = json_string_or(command->data, "orderId", "");
    if (!coupon->percent)
        return error_set(error, ERR_REFUSED, "unknown coupon %s", command->id);
    if (strcmp(coupon->order_id, order_id) == 0)
        return OK;
    if (coupon->order_id[0])
        return error_set(error, ERR_REFUSED, "coupon %s is already redeemed, for order %s",
                         command->id, coupon->order_id);
    decision_add(
        decision, "coupon.redeemed.v1",
        json_pack("{s:s, s:I}", "orderId", order_id, "percent", (json_int_t)coupon->percent));
    return OK;
}
