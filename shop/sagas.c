/* The sagas that ship, and the table in use: these, or a program's own. Of one name, the newest
 * version stands first. */
#include "shop/saga/order_fulfilment.h"

static const struct saga_kind *const shipped[] = {&order_fulfilment, NULL};

const struct saga_kind *const *sagas = shipped;

void sagas_use(const struct saga_kind *const *table)
{
    sagas = table;
}
