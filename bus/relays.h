/* The two relays of `annal commands`. Each is a thread with its own reader of the log:
 *
 *   log      exchange annal.log (fanout): batches of events for projectors and sagas; transient
 *            messages, from the head on
 *   events   exchange annal.events (topic): one CloudEvent per event for other services;
 *            persistent messages, at least once and in order. Its cursor, which is in the log,
 *            advances only over events that the broker has confirmed
 *
 * An unreachable broker is not an error: a relay connects again with back-off, behind a circuit
 * breaker. With `--bus log:` no relay runs.
 */
#pragma once

#include "base/cleanup.h"
#include "bus/bus_url.h"
#include "schema/checkpoint.h"

#include <stdint.h>

struct log_damage;
struct relays;

/* Stores the cursor of the relay `name` where event_store_read_cursor() finds it: at some later
 * time, or never if the process ends before; then the events after the stored cursor are published
 * again. Called from the relay's thread, at most four times in a second; must return at once. */
typedef void relays_save_fn(void *context, const char *name, const struct checkpoint *at);

struct relays_options { /* all borrowed until relays_stop() */
    const char *log_url;
    const struct bus_url *url;
    struct log_damage *damage; /* a relay that finds the log damaged reports it here and ends */
    relays_save_fn *save;
    void *context; /* of `save` */
};
void relays_start(const struct relays_options *options, struct relays **ret_relays);

/* The log has grown up to `head`: returns at once, any thread. */
void relays_wake(void *relays, int64_t head);

/* Ends the threads, at most after a send's deadline. */
void relays_stop(struct relays *relays);
AUTO_CLOSE(relays, struct relays, relays_stop)

struct relay_status {
    const char *name; /* "log", "events" */
    bool connected;
    int64_t position;  /* published (log) or confirmed (events) up to here */
    char trouble[256]; /* why it is not connected; "" if it is */
};
/* Writes at most two; returns how many. */
int relays_status(struct relays *relays, struct relay_status status[2]);
