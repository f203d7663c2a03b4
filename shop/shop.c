/* The tables that annal gets: aggregates, sagas, schemas, read models. */
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

const struct domain shop = {
    .name = "shop",
    .aggregates = aggregates,
    .sagas = sagas,
    .schemas = {.events = shop_events, .commands = shop_commands, .upcasters = shop_upcasters},
    .read_models = shop_models,
};
