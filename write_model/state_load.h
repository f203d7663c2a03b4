/* Loading an aggregate's state: its snapshot, if one fits, and the events after it. */
#pragma once

#include "event_store/event_store.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* How far to fold; 0: no bound. */
struct state_bound {
    int64_t version; /* up to and with this version */
    int64_t at_us;   /* only what was recorded at or before */
};

/* The state of the stream; of one that is not there, the state before the first event and version
 * 0. Events of old versions are upcast as the catalogue says, and snapshots made with it are used;
 * without one (NULL) all events are folded as they are. The caller destroys *ret_state with the aggregate's destroy. */
MUST_CHECK enum err state_load(struct event_store *store, const struct catalogue *catalogue,
                               const struct aggregate *aggregate, struct slice stream,
                               struct state_bound bound, void **ret_state, int64_t *ret_version,
                               struct error *error);
