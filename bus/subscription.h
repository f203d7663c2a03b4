/* A subscription consumes the log: it delivers each event to a subscriber, in order and exactly once,
 * even if the broker loses, repeats, reorders, delays or forges messages.
 *
 *   far behind, or without a broker   reads the log, in chunks, with a COMMIT for several
 *   near the head                     consumes messages: drops known events, applies events that follow
 *                                     and chain, reads missing events from the log; COMMIT; acknowledge
 *
 * After 250 ms without messages it reads the head of the log. It runs on the caller's thread.
 *
 * The module, in the order in which an event goes through it:
 *
 *   relays.h                   two threads of `annal commands` (relay.h) read the log and publish:
 *     log_relay.c              batches (log_message.h) to annal.log, for subscriptions
 *     events_relay.c           CloudEvents (event_message.h) to annal.events, for other services,
 *                              until the broker has confirmed them (confirm_window.h)
 *   topology.h                 the exchanges and queues in RabbitMQ
 *   amqp.h, bus_url.h          the connection to RabbitMQ, and its address (--bus)
 *   subscription.h             the loop of a projector or the saga runner; its parts, which share
 *                              subscription_private.h: subscription_messages.c (from RabbitMQ),
 *                              subscription_log.c (from the log), subscription_transaction.c
 */
#pragma once

#include "bus/bus_url.h"
#include "schema/checkpoint.h"

/* The consumer. The subscription calls all functions on its thread. */
struct subscriber {
    void *context;
    /* Returns the checkpoint. With log_id "" the subscription begins at position 0 of this log. */
    enum err (*checkpoint)(void *context, struct checkpoint *ret, struct error *error);
    /* A transaction of the subscriber, around each run of events. */
    enum err (*begin)(void *context, struct error *error);
    enum err (*apply)(void *context, const struct event *event, struct error *error);
    enum err (*commit)(void *context, const struct checkpoint *checkpoint, struct error *error);
    void (*rollback)(void *context);
    /* The log is not that of the checkpoint (another id, a shorter log, or another hash there). OK: the
     * subscriber has started over; read its checkpoint again. An error ends the subscription. */
    enum err (*other_log)(void *context, struct error *error);
    /* Called between transactions, at least every 250 ms and after a wake-up of `wake_fd`, for requests
     * of other threads. ERR_INTERRUPTED ends the subscription without an error. May be NULL. */
    enum err (*between)(void *context, struct error *error);
};

struct subscription_options {
    const char *name; /* of the queue annal.<name>; also the label of the metrics */
    const char *log_url;
    const struct bus_url *url;
    int wake_fd; /* an eventfd after whose signal between() is called at once, or -1 */
};

/* Runs until a stop is requested (OK) or an error of class STOP occurs. After errors of class RETRY
 * (lost broker, full disk, busy file) it tries again with back-off, and logs each such trouble once. */
MUST_CHECK enum err subscription_run(const struct subscription_options *options,
                                     const struct subscriber *subscriber, struct error *error);
