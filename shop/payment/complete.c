/* payment complete: the payment provider has received the money, under its reference. */
#include "base/json.h"
#include "shop/payment/payment.h"

#include <string.h>

enum err payment_complete_decide(const void *state, const struct command *command,
                                 struct decision *decision, struct error *error)
{
    const struct payment *payment = state;
    const char *reference = json_string_or(command->data, "reference", "");

    if (payment->status == PAYMENT_COMPLETED) {
        if (strcmp(reference, payment->reference) == 0)
            return OK;
        return error_set(error, ERR_REFUSED,
                         "the payment of order %s is completed, with reference %s", command->id,
                         payment->reference);
    }
    if (payment->status != PAYMENT_REQUESTED)
        return payment_refuse(payment, command, "only a requested payment can be completed", error);

    decision_add(decision, "payment.completed.v1",
                 json_pack("{s:I, s:s, s:s, s:s*}", "amount", (json_int_t)payment->amount,
                           "currency", payment->currency, "reference", reference, "method",
                           json_string_or(command->data, "method", NULL)));
    return OK;
}
