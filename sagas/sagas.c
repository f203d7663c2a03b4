/* The sagas there are. Of one name, the newest version stands first. */
#include "sagas/order_fulfilment.h"

const struct saga_kind *const sagas[] = {&order_fulfilment, NULL};
