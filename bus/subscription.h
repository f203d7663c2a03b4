/* A subscription: the one way to consume events. It delivers each event of the log to a subscriber, in
 * order and exactly once, whatever the broker loses, repeats, reorders, delays or invents.
 *
 *   far behind, or without a broker:  follows the log, in chunks, a COMMIT each
 *   near the head:                    consumes messages: drops known events, applies events that follow
 *                                     and chain, reads missing events from the log; COMMIT; ack
 *
 * It looks at the log's head when it has been idle for 250 ms. It runs on the caller's thread.
 */
#pragma once

#include "bus/bus_url.h"
#include "schema/checkpoint.h"

/* The consumer. All functions are called on the subscription's thread. */
struct subscriber {
    void *context;
    /* Returns its checkpoint. With log_id "" it starts at position 0 of this log. */
    enum err (*checkpoint)(void *context, struct checkpoint *ret, struct error *error);
    /* Around every run of events: a transaction of the subscriber's own. */
    enum err (*begin)(void *context, struct error *error);
    enum err (*apply)(void *context, const struct event *event, struct error *error);
    enum err (*commit)(void *context, const struct checkpoint *checkpoint, struct error *error);
    void (*rollback)(void *context);
    /* The log is not the one of the checkpoint (another id, shorter, or another hash there). OK: the
     * subscriber started over, read its checkpoint again. An error ends the subscription. */
    enum err (*other_log)(void *context, struct error *error);
    /* Between transactions, at least every 250 ms and after subscription_wake(): for work of other
     * threads. ERR_INTERRUPTED ends the subscription without trouble. May be NULL. */
    enum err (*between)(void *context, struct error *error);
};

struct subscription_options {
    const char *name; /* queue annal.<name>; also the metrics' label */
    const char *log_url;
    const struct bus_url *url;
    int wake_fd; /* an eventfd that makes it call between() soon, or -1 */
};

/* Runs until a stop is requested (OK) or an error of class STOP. Errors of class RETRY (broker
 * gone, disk full, file busy) are waited out with back-off, and logged once each time they begin.
 */
MUST_CHECK enum err subscription_run(const struct subscription_options *options,
                                     const struct subscriber *subscriber, struct error *error);
