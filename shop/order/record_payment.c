/* order record-payment: records the payment of the whole price, in the order's currency. Part
 * payments are not supported. */
#include "base/json.h"
#include "shop/order/order.h"

#include <string.h>

enum err order_record_payment_decide(const void *state, const struct command *command,
                                     struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_PLACED)
        return order_refuse(order, command, "only a placed order can be paid", error);

    int64_t amount = json_int_or(command->data, "amount", -1);
    const char *currency = json_string_or(command->data, "currency", "");
    if (amount != order->lines.total || strcmp(currency, order->currency) != 0)
        return error_set(error, ERR_REFUSED, "order %s is placed and costs %lld %s, not %lld %s",
                         command->id, (long long)order->lines.total, order->currency,
                         (long long)amount, currency);

    decision_add(decision, "order.payment.received.v1",
                 json_pack("{s:I, s:s, s:s*, s:s*}", "amount", (json_int_t)amount, "currency",
                           currency, "method", json_string_or(command->data, "method", NULL),
                           "reference", json_string_or(command->data, "reference", NULL)));
    return OK;
}
