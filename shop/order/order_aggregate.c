/* The order's commands, in the order of its life, and the aggregate they make up. */
#include "shop/order/order.h"

static const struct command_kind commands[] = {
    {"create", "create an order, with items, and place it if requested", order_create_decide,
     COMMAND_EVENTS("order.created.v1", "order.item.added.v1", "order.placed.v1")},
    {"add-item", "add a line to an order that is not yet placed", order_add_item_decide,
     COMMAND_EVENTS("order.item.added.v1")},
    {"remove-item", "remove a line from an order that is not yet placed", order_remove_item_decide,
     COMMAND_EVENTS("order.item.removed.v1")},
    {"place", "place an order: its items are final", order_place_decide,
     COMMAND_EVENTS("order.placed.v1")},
    {"record-payment", "record that a placed order was paid", order_record_payment_decide,
     COMMAND_EVENTS("order.payment.received.v1")},
    {"confirm", "confirm a paid order", order_confirm_decide, COMMAND_EVENTS("order.confirmed.v1")},
    {"ship", "record that a paid or confirmed order was shipped", order_ship_decide,
     COMMAND_EVENTS("order.shipped.v1")},
    {"deliver", "record that a shipped order was delivered", order_deliver_decide,
     COMMAND_EVENTS("order.delivered.v1")},
    {"cancel", "cancel an order that is not yet shipped", order_cancel_decide,
     COMMAND_EVENTS("order.cancelled.v1")},
    {0},
};

const struct aggregate order_aggregate = {
    .category = "order",
    .state_format = 1,
    .create = order_create,
    .destroy = order_destroy,
    .evolve = order_evolve,
    .to_json = order_to_json,
    .from_json = order_from_json,
    .size = order_size,
    .commands = commands,
};
