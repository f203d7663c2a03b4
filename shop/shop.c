/* The tables of the domain: aggregates, sagas, schemas, read models. */
#include "shop/shop.h"

#include "shop/inventory/inventory.h"
#include "shop/order/order.h"
#include "shop/payment/payment.h"
#include "shop/saga/order_fulfilment.h"

extern const struct embedded_file shop_events[], shop_commands[], shop_upcasters[], shop_models[];

static const struct aggregate *const aggregates[] = {
    &order_aggregate,
    &inventory_aggregate,
    &payment_aggregate,
    NULL,
};
static const struct saga_kind *const sagas[] = {&order_fulfilment, NULL};

/* Of the saga: shop/saga/order_fulfilment.c. */
static const struct domain_option options[] = {
    {.name = "payment-timeout",
     .variable = "ANNAL_PAYMENT_TIMEOUT",
     .argument = "SECONDS",
     .fallback = "900",
     .help = "how long order fulfilment waits for a payment",
     .least = 1,
     .most = 365 * 86400},
    {0},
};

const struct domain shop = {
    .name = "shop",
    .aggregates = aggregates,
    .sagas = sagas,
    .schemas = {.events = shop_events, .commands = shop_commands, .upcasters = shop_upcasters},
    .read_models = shop_models,
    .options = options,
};
