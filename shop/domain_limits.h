/* Bounds of the domain's numbers. The schemas in shop/schemas/commands state them to clients; here they
 * keep sums within int64 for any content of the log.
 */
#pragma once

#include <stdint.h>

#define QUANTITY_MOST    1000000

/* Minor units. A price, a payment and an order's total each stay within it: an order that cost more
 * could never be paid, since a payment is one amount. It is exact in a double, which is what many
 * JSON readers use; and price times quantity is at most 10^18, so it fits int64 before it is
 * compared. */
#define AMOUNT_MOST      INT64_C(1000000000000)

/* The most lines of an order at one time. */
#define ORDER_LINES_MOST 500
