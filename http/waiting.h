/* Requests that wait for a change, or listen to all changes: how long one may wait (Prefer: wait=N,
 * RFC 7240), and how many may wait or listen at once.
 *
 * A request takes a slot and keeps it until it is answered or its client leaves, whichever comes
 * first. Slots may be taken on any thread.
 */
#pragma once

#include "http/http_deferral.h"
#include "telemetry/metrics.h"

#include <stdatomic.h>

#define WAITING_MOST_SECONDS 30

/* The seconds that the client prefers, at most WAITING_MOST_SECONDS, which the answer confirms with
 * Preference-Applied; `fallback_seconds` if it names none. Other preferences are ignored.
 * ERR_BAD_REQUEST if wait is not a number. */
MUST_CHECK enum err waiting_read_seconds(struct http_request *request, int64_t fallback_seconds,
                                         int64_t *ret_seconds, struct error *error);

struct waiting_slots {
    struct http_leaving leaving; /* first, so that its callback finds the slots */
    unsigned most;
    const char *option; /* sets `most`; for the message */
    struct metric_series *metric;
    atomic_uint taken;
};

/* `most` 0 stands for `fallback`; `metric` reports how many slots are taken. */
void waiting_init_slots(struct waiting_slots *slots, unsigned most, unsigned fallback,
                        const char *option, enum metric metric);

/* Does nothing for a request that has a slot. ERR_QUEUE_FULL if none is free, ERR_URI_TOO_LONG if
 * the request's target is longer than 8 KiB. */
MUST_CHECK enum err waiting_take_slot(struct waiting_slots *slots, struct http_request *request,
                                      struct error *error);
