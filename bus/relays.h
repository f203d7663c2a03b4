/* The two relays of `annal commands`, a thread each, reading the log as its readers do:
 *
 *   log    → exchange annal.log (fanout): batches for projectors and sagas; transient, from the
 * head events → exchange annal.events (topic): one CloudEvent each for other services; persistent,
 * with a cursor in DATA/relay.db that moves only past what the broker confirmed
 *
 * The broker's absence is no error: they try again with back-off, behind a circuit breaker. With
 * `log:` there are none.
 */
#pragma once

#include "base/cleanup.h"
#include "bus/bus_url.h"

#include <stdint.h>

struct log_damage;
struct relays;

/* A relay that finds the log damaged reports it to `damage` and ends. */
MUST_CHECK enum err relays_start(const char *data_directory, const struct bus_url *url,
                                 struct log_damage *damage, struct relays **ret_relays,
                                 struct error *error);

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
