/* payment refund: returns the whole amount. */
#include "base/json.h"
#include "shop/payment/payment.h"

enum err payment_refund_decide(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct payment *payment = state;
    if (payment->status == PAYMENT_REFUNDED)
        return OK;
    if (payment->status != PAYMENT_COMPLETED)
        return payment_refuse(payment, command, "only a completed payment can be refunded", error);

    decision_add(decision, "payment.refunded.v1",
                 json_pack("{s:I, s:s, s:s}", "amount", (json_int_t)payment->amount, "currency",
                           payment->currency, "reason",
                           json_string_or(command->data, "reason", NULL)));
    return OK;
}
