/* Loading the state of one stream: its snapshot, if one fits, and the events after it. */
#pragma once

#include "write_model/state_fold.h"

/* How far to fold; 0: no bound. */
struct state_bound {
    int64_t version; /* up to and with this version */
    int64_t at_us;   /* only what was recorded at or before */
};

/* Folds the stream into `fold`, which was begun; of a stream that does not exist, version 0. */
MUST_CHECK enum err state_load(struct event_store *store, struct slice stream,
                               struct state_bound bound, struct state_fold *fold,
                               struct error *error);

/* The state of an aggregate as JSON, for GET /streams/…/state. ERR_NO_STREAM if there is no such
 * stream or it had not begun. The caller owns *ret_state; *ret_version is the version it is at. */
MUST_CHECK enum err state_load_json(struct event_store *store, const struct catalogue *catalogue,
                                    const struct aggregate *aggregate, const char *id,
                                    struct state_bound bound, json_t **ret_state,
                                    int64_t *ret_version, struct error *error);
