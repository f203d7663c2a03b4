/* The tables of the domain: aggregates, schemas, read models. */
#include "domain.h"

#include "coupon/coupon.h"

extern const struct embedded_file coupon_events[], coupon_commands[], coupon_models[];

static const struct aggregate *const all[] = {&coupon_aggregate, NULL};

const struct domain coupons = {
    .name = "coupons",
    .aggregates = all,
    .schemas = {.events = coupon_events, .commands = coupon_commands},
    .read_models = coupon_models,
};
