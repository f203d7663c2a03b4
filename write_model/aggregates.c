/* The aggregates that ship. One's own is one line more. */
#include "write_model/aggregate.h"
#include "write_model/inventory/inventory.h"
#include "write_model/order/order.h"
#include "write_model/payment/payment.h"

const struct aggregate *const aggregates[] = {
    &order_aggregate,
    &inventory_aggregate,
    &payment_aggregate,
    NULL,
};
