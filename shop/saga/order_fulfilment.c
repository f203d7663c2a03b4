/* The start of the saga, the events that it handles, and the table of its steps.
 * order_fulfilment_evolve.c changes its facts, order_fulfilment_decide.c chooses the next step. */
#include "shop/saga/order_fulfilment.h"
#include "shop/domain_limits.h"

json_t *order_fulfilment_item(const json_t *items, const char *product)
{
    size_t i;
    json_t *item;
    json_array_foreach (items, i, item) {
        if (json_string_is(item, "productId", product))
            return item;
    }
    return NULL;
}

/* One item for each product, with the sum of its lines. */
static json_t *add_up(const json_t *lines)
{
    json_t *items = json_array(), *line;
    size_t i;
    json_array_foreach (lines, i, line) {
        const char *product = json_string_or(line, "productId", "");
        int64_t quantity = json_int_or(line, "quantity", 0);
        json_t *item = order_fulfilment_item(items, product);
        if (!item)
            json_array_append_new(items,
                                  json_pack("{s:s, s:I, s:s}", "productId", product, "quantity",
                                            (json_int_t)quantity, "held", "none"));
        else
            json_object_set_new(item, "quantity",
                                json_integer(json_int_or(item, "quantity", 0) + quantity));
    }
    return items;
}

/* The lines of an order may add up to more than one command can reserve. */
static void refuse_too_much(json_t *facts)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(facts, "items"), i, item) {
        int64_t quantity = json_int_or(item, "quantity", 0);
        if (quantity > QUANTITY_MOST)
            saga_facts_fail(facts, "product %s: %lld requested, an order may have at most %d",
                            json_string_or(item, "productId", ""), (long long)quantity,
                            QUANTITY_MOST);
    }
}

static json_t *begin(const char *id, const json_t *data, const json_t *settings)
{
    json_t *facts = json_pack(
        "{s:s, s:s, s:I, s:I, s:o, s:s, s:s}", "customerId", json_string_or(data, "customerId", ""),
        "currency", json_string_or(data, "currency", ""), "amount",
        (json_int_t)json_int_or(data, "total", 0), "paymentTimeoutMs",
        (json_int_t)(1000 * json_int_or(settings, "payment-timeout", 900)), "items",
        add_up(json_object_get(data, "items")), "order", "placed", "payment", "none");
    (void)id;
    refuse_too_much(facts);
    return facts;
}

static const char *concerns(const char *category, const char *id, const json_t *data)
{
    return strcmp(category, "inventory") == 0 ? json_string_or(data, "orderId", NULL) : id;
}

static const char *const event_types[] = {"order.placed.v1",
                                          "order.payment.received.v1",
                                          "order.confirmed.v1",
                                          "order.shipped.v1",
                                          "order.cancelled.v1",
                                          "payment.requested.v1",
                                          "payment.completed.v1",
                                          "payment.failed.v1",
                                          "payment.refunded.v1",
                                          "inventory.reserved.v1",
                                          "inventory.released.v1",
                                          "inventory.shipped.v1",
                                          NULL};

/* ---- the table ---- */

#define ANY_UNDOING "refund-payment", "release-stock", "cancel-order", "compensated"
#define ANY_LEAVING "ship-stock", "done"
/* When the order is undone or was paid directly, the saga looks for a payment and refunds it. */
#define ANY_RETURN  "ask-payment", "return-payment"

static const struct saga_step steps[] = {
    {"reserve-stock",
     SAGA_RUNNING,
     {"request-payment", "await-payment", "record-payment", ANY_RETURN, "confirm-order",
      "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"request-payment",
     SAGA_RUNNING,
     {"await-payment", "record-payment", ANY_RETURN, "confirm-order", "await-shipment", ANY_LEAVING,
      ANY_UNDOING}},
    {"ask-payment",
     SAGA_RUNNING,
     {"await-payment", "record-payment", "return-payment", "confirm-order", "await-shipment",
      ANY_LEAVING, ANY_UNDOING}},
    {"await-payment",
     SAGA_WAITING,
     {"record-payment", ANY_RETURN, "confirm-order", "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"record-payment",
     SAGA_RUNNING,
     {"await-order", ANY_RETURN, "confirm-order", "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"return-payment",
     SAGA_RUNNING,
     {"confirm-order", "await-order", "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"confirm-order",
     SAGA_RUNNING,
     {"await-order", ANY_RETURN, "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"await-order",
     SAGA_WAITING,
     {"record-payment", ANY_RETURN, "confirm-order", "await-shipment", ANY_LEAVING, ANY_UNDOING}},
    {"await-shipment", SAGA_WAITING, {ANY_RETURN, ANY_LEAVING, ANY_UNDOING}},
    {"ship-stock", SAGA_RUNNING, {ANY_RETURN, "done"}},
    {"refund-payment",
     SAGA_COMPENSATING,
     {"release-stock", "cancel-order", "compensated", ANY_RETURN, ANY_LEAVING}},
    {"release-stock",
     SAGA_COMPENSATING,
     {"refund-payment", "cancel-order", "compensated", ANY_RETURN, ANY_LEAVING}},
    {"cancel-order",
     SAGA_COMPENSATING,
     {"refund-payment", "release-stock", "await-order", "compensated", ANY_RETURN, ANY_LEAVING}},
    {"compensated", SAGA_ENDED, {"refund-payment", "release-stock", ANY_RETURN, ANY_LEAVING}},
    {"done", SAGA_ENDED, {ANY_RETURN, "ship-stock"}},
    {0},
};

const struct saga_kind order_fulfilment = {
    .name = "order_fulfilment",
    .version = 1,
    .summary = "reserve stock, request the payment, confirm the order, ship the stock; compensate "
               "failures",
    .steps = steps,
    .event_types = event_types,
    .begins_with = "order.placed.v1",
    .concerns = concerns,
    .begin = begin,
    .evolve = order_fulfilment_evolve,
    .decide = order_fulfilment_decide,
};
