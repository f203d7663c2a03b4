/* A trip: requested by a traveller, then confirmed, or cancelled at any time. */
#pragma once

#include "write_model/aggregate.h"

enum trip_status { TRIP_NONE, TRIP_REQUESTED, TRIP_CONFIRMED, TRIP_CANCELLED, TRIP_STATUSES };

struct trip {
    enum trip_status status;
    json_t *request; /* as requested; NULL: not requested */
};

decide_fn trip_request_decide, trip_confirm_decide, trip_cancel_decide;

extern const struct aggregate trip_aggregate;
