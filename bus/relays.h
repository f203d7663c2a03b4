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

#include "bus/relay.h"

struct relays;

void relays_start(const struct relay_options *options, struct relays **ret_relays);

/* The log has grown up to `head`. Returns at once. Any thread. */
void relays_wake(void *relays, int64_t head);

/* Ends the threads, at the latest after a send's deadline. */
void relays_stop(struct relays *relays);
AUTO_CLOSE(relays, struct relays, relays_stop)

/* Writes at most two; returns how many. */
int relays_status(struct relays *relays, struct relay_status status[2]);
