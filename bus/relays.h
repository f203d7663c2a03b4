/* The two relays of `annal commands`, a thread each, reading the log as its readers do:
 *
 *   log      exchange annal.log (fanout): batches of events for projectors and sagas; transient
 *            messages, from the head on
 *   events   exchange annal.events (topic): one CloudEvent per event for other services;
 *            persistent messages, with a cursor in DATA/relay.db that advances only over what the
 *            broker has confirmed
 *
 * An unreachable broker is not an error: a relay connects again with back-off, behind a circuit
 * breaker. With `--bus log:` no relay runs.
 */
#pragma once

#include "base/cleanup.h"
#include "bus/bus_url.h"

#include <stdint.h>

struct log_damage;
struct relays;

/* A relay that finds the log damaged reports it to `damage` and ends. */
MUST_CHECK enum err relays_start(const char *data_directory, const char *log_url,
                                 const struct bus_url *url, struct log_damage *damage,
                                 struct relays **ret_relays, struct error *error);

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
