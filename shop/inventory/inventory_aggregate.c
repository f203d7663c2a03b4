/* The stock's commands and the aggregate they make up. */
#include "shop/inventory/inventory.h"

static const struct command_kind commands[] = {
    {"receive", "add goods to a product's stock", inventory_receive_decide,
     COMMAND_EVENTS("inventory.received.v1")},
    {"reserve", "reserve part of the stock for an order", inventory_reserve_decide,
     COMMAND_EVENTS("inventory.reserved.v1")},
    {"release", "release the reservation of an order", inventory_release_decide,
     COMMAND_EVENTS("inventory.released.v1")},
    {"ship", "ship the quantity that an order has reserved", inventory_ship_decide,
     COMMAND_EVENTS("inventory.shipped.v1")},
    {0},
};

const struct aggregate inventory_aggregate = {
    .category = "inventory",
    .state_format = 1,
    .create = inventory_create,
    .destroy = inventory_destroy,
    .evolve = inventory_evolve,
    .to_json = inventory_to_json,
    .from_json = inventory_from_json,
    .size = inventory_size,
    .commands = commands,
};
