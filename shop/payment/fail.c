/* payment fail: the payment will not be made. */
#include "base/json.h"
#include "shop/payment/payment.h"

enum err payment_fail_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct payment *payment = state;
    if (payment->status == PAYMENT_FAILED)
        return OK;
    if (payment->status != PAYMENT_REQUESTED)
        return payment_refuse(payment, command, "only a requested payment can fail", error);

    decision_add(decision, "payment.failed.v1",
                 json_pack("{s:s}", "reason", json_string_or(command->data, "reason", NULL)));
    return OK;
}
