/* How far a consumer has come, and in which log: what a subscription compares events with. */
#pragma once

#include "base/id.h"
#include "schema/event.h"

struct checkpoint {
    char log_id[ID_UUID_BYTES];           /* "" if it has seen no log yet */
    int64_t position;                     /* of the last event applied; 0 before the first */
    unsigned char hash[EVENT_HASH_BYTES]; /* that event's; zeros before the first */
};
