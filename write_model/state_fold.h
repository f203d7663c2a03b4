/* Folds the state of a stream from a snapshot and events, in the order in which a prefetch reads them.
 *
 * An event that an aggregate cannot fold is an error of its stream alone, so the fold keeps the error and
 * the prefetch continues.
 */
#pragma once

#include "event_store/event_store.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

struct state_fold {
    const struct catalogue *catalogue; /* NULL: events are folded as they are */
    const struct aggregate *aggregate;
    void *state; /* the fold's until it is taken */
    int64_t version;
    struct error error; /* code OK: none so far */
};

/* The state before the first event. */
void state_fold_begin(struct state_fold *fold, const struct catalogue *catalogue,
                      const struct aggregate *aggregate);
void state_fold_finish(struct state_fold *fold);
AUTO_FINISH(state_fold, struct state_fold, state_fold_finish)

/* The stream as an item of a prefetch. */
struct prefetch_stream state_fold_wanted(const struct state_fold *fold, struct slice stream);

/* False if the snapshot cannot be read: then all events must follow. */
bool state_fold_snapshot(struct state_fold *fold, int64_t version, struct slice state);

/* Folds one event in; an aggregate sees only the newest version of its type. After an error events
 * are ignored. */
void state_fold_event(struct state_fold *fold, const struct event *event);

/* How far to fold; 0: no bound. */
struct state_bound {
    int64_t version; /* up to and with this version */
    int64_t at_us;   /* only events recorded at or before */
};

/* Folds the stream into `fold`, which was begun: a matching snapshot, if the log has one, and the events
 * after it. Afterwards the version is 0 if the stream does not exist or had not begun. */
MUST_CHECK enum err state_fold_load(struct state_fold *fold, struct event_store *store,
                                    struct slice stream, struct state_bound bound,
                                    struct error *error);

/* The state of an aggregate as JSON, for GET /streams/…/state. ERR_NO_STREAM if the stream
 * does not exist or had not begun. The caller owns *ret_state; *ret_version is its version. */
MUST_CHECK enum err state_fold_load_json(struct event_store *store,
                                         const struct catalogue *catalogue,
                                         const struct aggregate *aggregate, const char *id,
                                         struct state_bound bound, json_t **ret_state,
                                         int64_t *ret_version, struct error *error);
