/* The last event that a consumer has applied, and its log. A subscription compares the log with it. */
#pragma once

#include "base/id.h"
#include "schema/event.h"

struct checkpoint {
    char log_id[ID_UUID_BYTES];           /* "" if it has seen no log yet */
    int64_t position;                     /* of the last event applied; 0 before the first */
    unsigned char hash[EVENT_HASH_BYTES]; /* of that event; zeros before the first */
};
