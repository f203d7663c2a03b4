/* coupon issue: creates a coupon. Repeated, it decides nothing. */
#include "base/json.h"
#include "coupon/coupon.h"

enum err coupon_issue_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct coupon *coupon = state;
    int64_t percent = json_int_or(command->data, "percent", 0);
    if (coupon->percent == percent)
        return OK;
    if (coupon->percent)
        return error_set(error, ERR_REFUSED, "coupon %s is already issued, with %lld percent",
                         command->id, (long long)coupon->percent);
    decision_add(decision, "coupon.issued.v1", json_pack("{s:I}", "percent", (json_int_t)percent));
    return OK;
}
