/* The tables that annal is given: aggregates, sagas, schemas, read models. What stands in none of
 * them is not there: a program keeps the shop that annal ships by listing it (&order_aggregate …).
 */
#include "domain.h"

#include "coupon/coupon.h"

extern const struct embedded_file coupon_events[], coupon_commands[], coupon_models[];

static const struct aggregate *const all[] = {&coupon_aggregate, NULL};
static const struct saga_kind *const none[] = {NULL};

const struct domain coupons = {
    .aggregates = all,
    .sagas = none,
    .schemas = {.events = coupon_events, .commands = coupon_commands},
    .read_models = coupon_models,
};
