/* The aggregates that ship, and the table in use: these, or a program's own. */
#include "shop/inventory/inventory.h"
#include "shop/order/order.h"
#include "shop/payment/payment.h"
#include "write_model/aggregate.h"

static const struct aggregate *const shipped[] = {
    &order_aggregate,
    &inventory_aggregate,
    &payment_aggregate,
    NULL,
};

const struct aggregate *const *aggregates = shipped;

void aggregates_use(const struct aggregate *const *table)
{
    aggregates = table;
}
