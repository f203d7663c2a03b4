/* The payment's state as the fold of its events, and as JSON. Folding applies no rules; it only
 * rejects damaged data, before it changes anything. */
#include "shop/payment/payment.h"

#include "base/json.h"
#include "shop/domain_limits.h"

#include <string.h>

static const char *const status_names[PAYMENT_STATUSES] = {
    [PAYMENT_NONE] = "none",           [PAYMENT_REQUESTED] = "requested",
    [PAYMENT_COMPLETED] = "completed", [PAYMENT_FAILED] = "failed",
    [PAYMENT_REFUNDED] = "refunded",
};

const char *payment_status_name(enum payment_status status)
{
    return status_names[status];
}

void *payment_create(void)
{
    struct payment *payment = calloc(1, sizeof *payment);
    REQUIRE(payment);
    return payment;
}

void payment_destroy(void *state)
{
    struct payment *payment = state;
    if (!payment)
        return;
    free(payment->customer_id);
    free(payment->reference);
    free(payment->method);
    free(payment);
}

enum err payment_refuse(const struct payment *payment, const struct command *command,
                        const char *rule, struct error *error)
{
    if (payment->status == PAYMENT_NONE)
        return error_set(error, ERR_REFUSED, "no payment of order %s was requested", command->id);
    return error_set(error, ERR_REFUSED, "the payment of order %s is %s; %s", command->id,
                     payment_status_name(payment->status), rule);
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = strdup(with);
    REQUIRE(*text);
}

static enum err requested(struct payment *payment, const json_t *data, struct error *error)
{
    const char *customer;
    char currency[CURRENCY_BYTES];
    int64_t amount;
    enum err err = event_data_int(data, "amount", 0, AMOUNT_MOST, &amount, error);
    if (!err)
        err = currency_read(data, currency, error);
    if (!err)
        err = event_data_text(data, "customerId", &customer, error);
    if (err)
        return err;
    payment->amount = amount;
    memcpy(payment->currency, currency, sizeof currency);
    replace(&payment->customer_id, customer);
    return OK;
}

static enum err completed(struct payment *payment, const json_t *data, struct error *error)
{
    const char *reference, *method = json_string_or(data, "method", NULL);
    enum err err = event_data_text(data, "reference", &reference, error);
    if (err)
        return err;
    replace(&payment->reference, reference);
    if (method)
        replace(&payment->method, method);
    return OK;
}

/* The changes of an event: those of its data, if any, then the status. */
static const struct {
    const char *type;
    enum err (*apply)(struct payment *payment, const json_t *data, struct error *error);
    enum payment_status status;
} changes[] = {
    {"payment.requested.v1", requested, PAYMENT_REQUESTED},
    {"payment.completed.v1", completed, PAYMENT_COMPLETED},
    {"payment.failed.v1", NULL, PAYMENT_FAILED},
    {"payment.refunded.v1", NULL, PAYMENT_REFUNDED},
};

enum err payment_evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct payment *payment = state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (strcmp(changes[i].type, type) != 0)
            continue;
        enum err err = changes[i].apply ? changes[i].apply(payment, data, error) : OK;
        if (err)
            return error_add_context(error, err, "%s", type);
        payment->status = changes[i].status;
        return OK;
    }
    return OK;
}

json_t *payment_to_json(const void *state)
{
    const struct payment *payment = state;
    const char *status = payment_status_name(payment->status);
    json_t *json = payment->status == PAYMENT_NONE
                       ? json_pack("{s:s}", "status", status)
                       : json_pack("{s:s, s:I, s:s, s:s, s:s*, s:s*}", "status", status, "amount",
                                   (json_int_t)payment->amount, "currency", payment->currency,
                                   "customerId", payment->customer_id, "reference",
                                   payment->reference, "method", payment->method);
    REQUIRE(json);
    return json;
}

static enum err read_status(const json_t *json, enum payment_status *ret_status,
                            struct error *error)
{
    const char *name;
    enum err err = event_data_text(json, "status", &name, error);
    if (err)
        return err;
    for (int status = PAYMENT_NONE; status < PAYMENT_STATUSES; status++)
        if (strcmp(name, payment_status_name((enum payment_status)status)) == 0) {
            *ret_status = (enum payment_status)status;
            return OK;
        }
    return error_set(error, ERR_CORRUPT, "no payment has the status %s", name);
}

enum err payment_from_json(const json_t *json, void **ret_state, struct error *error)
{
    AUTO(payment) struct payment *payment = payment_create();
    enum err err = read_status(json, &payment->status, error);
    if (!err && payment->status != PAYMENT_NONE)
        err = requested(payment, json, error);
    bool completed_once =
        payment->status == PAYMENT_COMPLETED || payment->status == PAYMENT_REFUNDED;
    if (!err && completed_once)
        err = completed(payment, json, error);
    if (err)
        return error_add_context(error, err, "a payment's state");
    *ret_state = payment;
    payment = NULL;
    return OK;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

size_t payment_size(const void *state)
{
    const struct payment *payment = state;
    return sizeof *payment + size_of(payment->customer_id) + size_of(payment->reference) +
           size_of(payment->method);
}
