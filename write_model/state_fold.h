/* A state while it is folded from a snapshot and events, as a prefetch hands them over.
 *
 * What an aggregate cannot fold is an error of that stream alone, so it is kept here and does not
 * end the prefetch.
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

/* What to ask the event store for. */
struct prefetch_stream state_fold_wanted(const struct state_fold *fold, struct slice stream);

/* False if the snapshot cannot be read, which is as good as none. */
bool state_fold_snapshot(struct state_fold *fold, int64_t version, struct slice state);

/* Folds one event in; an aggregate sees only the newest version of its type. After an error events
 * are ignored. */
void state_fold_event(struct state_fold *fold, const struct event *event);
