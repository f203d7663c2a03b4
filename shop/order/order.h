/* An order: created → placed → paid → confirmed → shipped → delivered, or cancelled. The state
 * holds only what decisions need; the read models show the rest. */
#pragma once

#include "base/clock.h"
#include "shop/currency.h"
#include "shop/order/order_lines.h"
#include "write_model/aggregate.h"
#include "write_model/event_data.h"

enum order_status {
    ORDER_NONE, /* the order does not exist */
    ORDER_CREATED,
    ORDER_PLACED,
    ORDER_PAID,
    ORDER_CONFIRMED,
    ORDER_SHIPPED,
    ORDER_DELIVERED,
    ORDER_CANCELLED,
    ORDER_STATUSES
};

struct order {
    enum order_status status;
    char *customer_id;
    char currency[CURRENCY_BYTES];
    char ordered_at[CLOCK_TEXT_BYTES];
    struct order_lines lines;
};

/* "placed" and so on, as in refusals and in the state's JSON. */
const char *order_status_name(enum order_status status);

/* ERR_REFUSED; the text names the order's status and the rule that the command breaks. */
MUST_CHECK enum err order_refuse(const struct order *order, const struct command *command,
                                 const char *rule, struct error *error);

/* Takes customerId, currency and orderedAt out of an event's data or the state's JSON. */
MUST_CHECK enum err order_read_head(struct order *order, const json_t *data, struct error *error);

/* The aggregate's functions, as struct aggregate declares them: a state is a struct order. */
void *order_create(void);
void order_destroy(void *state);
MUST_CHECK enum err order_evolve(void *state, const char *type, const json_t *data,
                                 struct error *error);
json_t *order_to_json(const void *state);
MUST_CHECK enum err order_from_json(const json_t *json, void **ret_state, struct error *error);
size_t order_size(const void *state);
AUTO_CLOSE(order, struct order, order_destroy)

/* One file each: create.c, add_item.c … */
decide_fn order_create_decide, order_add_item_decide, order_remove_item_decide, order_place_decide,
    order_record_payment_decide, order_confirm_decide, order_ship_decide, order_deliver_decide,
    order_cancel_decide;

extern const struct aggregate order_aggregate;
