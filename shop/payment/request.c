/* payment request: requests the payment of an order, once. The same request again, whatever the
 * result of the first, decides nothing. */
#include "base/json.h"
#include "shop/payment/payment.h"

#include <string.h>

enum err payment_request_decide(const void *state, const struct command *command,
                                struct decision *decision, struct error *error)
{
    const struct payment *payment = state;
    int64_t amount = json_int_or(command->data, "amount", -1);
    const char *currency = json_string_or(command->data, "currency", "");
    const char *customer = json_string_or(command->data, "customerId", "");

    if (payment->status == PAYMENT_NONE) {
        decision_add(decision, "payment.requested.v1",
                     json_pack("{s:I, s:s, s:s}", "amount", (json_int_t)amount, "currency",
                               currency, "customerId", customer));
        return OK;
    }
    if (amount == payment->amount && strcmp(currency, payment->currency) == 0 &&
        strcmp(customer, payment->customer_id) == 0)
        return OK;
    return error_set(error, ERR_REFUSED,
                     "the payment of order %s is %s; it is %lld %s of customer %s", command->id,
                     payment_status_name(payment->status), (long long)payment->amount,
                     payment->currency, payment->customer_id);
}
