/* order create: creates an order, with items if they are given, and places it if requested. It
 * decides the events that add-item and place would decide one after the other. */
#include "base/json.h"
#include "shop/order/order.h"

/* When the customer ordered: the given time, else the recorded time. */
static enum err write_ordered_at(const struct command *command, char out[CLOCK_TEXT_BYTES],
                                 struct error *error)
{
    int64_t us = command->now_us;
    const char *given = json_string_or(command->data, "orderedAt", NULL);
    if (given && !clock_parse(slice_of(given), &us))
        return error_set(error, ERR_REFUSED, "orderedAt is not a date and time: %s", given);
    clock_format(us, out);
    return OK;
}

/* The address without the parts that are null; NULL without an address. */
static json_t *copy_address(const json_t *address)
{
    if (!json_is_object(address))
        return NULL;
    json_t *copy = json_object();
    const char *part;
    json_t *value;
    json_object_foreach ((json_t *)address, part, value) {
        int failed = json_is_null(value) ? 0 : json_object_set(copy, part, value);
        REQUIRE(!failed);
    }
    return copy;
}

/* Decides a command on the draft and applies the decided events to it. */
static enum err take_step(struct order *draft, decide_fn *decide, const struct command *command,
                          struct decision *decision, struct error *error)
{
    size_t before = decision->count;
    enum err err = decide(draft, command, decision, error);
    for (size_t i = before; !err && i < decision->count; i++)
        err = order_evolve(draft, decision->events[i].type, decision->events[i].data, error);
    return err;
}

static enum err begin(const void *draft, const struct command *command, struct decision *decision,
                      struct error *error)
{
    (void)draft;
    char ordered_at[CLOCK_TEXT_BYTES];
    enum err err = write_ordered_at(command, ordered_at, error);
    if (err)
        return err;
    decision_add(decision, "order.created.v1",
                 json_pack("{s:s, s:s, s:s, s:o*}", "customerId",
                           json_string_or(command->data, "customerId", NULL), "currency",
                           json_string_or(command->data, "currency", NULL), "orderedAt", ordered_at,
                           "shipTo", copy_address(json_object_get(command->data, "shipTo"))));
    return OK;
}

enum err order_create_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct order *order = state;
    if (order->status != ORDER_NONE)
        return order_refuse(order, command, "an order can be created only once", error);

    AUTO(order) struct order *draft = order_create();
    enum err err = take_step(draft, begin, command, decision, error);
    const json_t *items = json_object_get(command->data, "items");
    for (size_t i = 0; !err && i < json_array_size(items); i++) {
        struct command add = *command;
        add.data = json_array_get(items, i);
        err = take_step(draft, order_add_item_decide, &add, decision, error);
    }
    if (!err && json_is_true(json_object_get(command->data, "place")))
        err = take_step(draft, order_place_decide, command, decision, error);
    return err;
}
