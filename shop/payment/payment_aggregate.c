/* The payment's commands and the aggregate they make up. */
#include "shop/payment/payment.h"

static const struct command_kind commands[] = {
    {"request", "request the payment of an order", payment_request_decide,
     COMMAND_EVENTS("payment.requested.v1")},
    {"complete", "record that a requested payment was received", payment_complete_decide,
     COMMAND_EVENTS("payment.completed.v1")},
    {"fail", "record that a requested payment will not be made", payment_fail_decide,
     COMMAND_EVENTS("payment.failed.v1")},
    {"refund", "refund a completed payment", payment_refund_decide,
     COMMAND_EVENTS("payment.refunded.v1")},
    {0},
};

const struct aggregate payment_aggregate = {
    .category = "payment",
    .state_format = 2,
    .create = payment_create,
    .destroy = payment_destroy,
    .evolve = payment_evolve,
    .to_json = payment_to_json,
    .from_json = payment_from_json,
    .size = payment_size,
    .commands = commands,
};
