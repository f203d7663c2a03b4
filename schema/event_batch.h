/* Some events and the memory they point into: one batch is one buffer, given back at once. */
#pragma once

#include "base/arena.h"
#include "schema/event.h"

struct event_batch {
    struct event *events;
    size_t count, capacity;
    size_t bytes; /* of all texts in it */
    struct arena arena;
};

/* Copies the event and its texts (each NUL-terminated beyond its length) into the batch. The copy's
 * address holds until the next add, its texts until clear or finish. `event` may not lie in `batch`
 * itself. */
struct event *event_batch_add(struct event_batch *batch, const struct event *event);

void event_batch_clear(struct event_batch *batch);
void event_batch_finish(struct event_batch *batch);
AUTO_FINISH(event_batch, struct event_batch, event_batch_finish)
