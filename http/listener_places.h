/* How many clients may listen, or wait for what is not there yet, at once. A request takes a place
 * and keeps it until it is answered or its client leaves, whichever is first. Any thread.
 */
#pragma once

#include "http/http_deferral.h"
#include "telemetry/metrics.h"

#include <stdatomic.h>

struct listener_places {
    struct http_leaving leaving; /* first, so that it gives the places */
    unsigned most;
    const char *option; /* that sets `most`, for the message */
    struct metric_series *metric;
    atomic_uint taken;
};

/* `most` 0 stands for `fallback`; `metric` shows how many are taken. */
void listener_places_init(struct listener_places *places, unsigned most, unsigned fallback,
                          const char *option, enum metric metric);

/* Does nothing for a request that has one. ERR_QUEUE_FULL if none is free,
 * ERR_URI_TOO_LONG if the request's target is longer than 8 KiB. */
MUST_CHECK enum err listener_places_take(struct listener_places *places,
                                         struct http_request *request, struct error *error);
