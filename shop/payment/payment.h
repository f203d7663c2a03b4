/* The payment of one order: requested → completed → refunded, or failed. */
#pragma once

#include "shop/currency.h"
#include "write_model/aggregate.h"
#include "write_model/event_data.h"

enum payment_status {
    PAYMENT_NONE, /* no payment was requested */
    PAYMENT_REQUESTED,
    PAYMENT_COMPLETED,
    PAYMENT_FAILED,
    PAYMENT_REFUNDED,
    PAYMENT_STATUSES
};

struct payment {
    enum payment_status status;
    int64_t amount;
    char currency[CURRENCY_BYTES];
    char *customer_id;
    /* Of the completion; NULL before. */
    char *reference;
    char *method; /* also NULL if the provider did not state it */
};

/* "requested" and so on, as in refusals and in the state's JSON. */
const char *payment_status_name(enum payment_status status);

/* ERR_REFUSED; the text names the payment's state and the rule that the command breaks. */
MUST_CHECK enum err payment_refuse(const struct payment *payment, const struct command *command,
                                   const char *rule, struct error *error);

/* The aggregate's functions, as struct aggregate declares them: a state is a struct payment. */
void *payment_create(void);
void payment_destroy(void *state);
MUST_CHECK enum err payment_evolve(void *state, const char *type, const json_t *data,
                                   struct error *error);
json_t *payment_to_json(const void *state);
MUST_CHECK enum err payment_from_json(const json_t *json, void **ret_state, struct error *error);
size_t payment_size(const void *state);
AUTO_CLOSE(payment, struct payment, payment_destroy)

/* One file each: request.c, complete.c … */
decide_fn payment_request_decide, payment_complete_decide, payment_fail_decide,
    payment_refund_decide;

extern const struct aggregate payment_aggregate;
