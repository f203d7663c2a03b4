/* Events and the memory that they point into, which is freed at once. */
#pragma once

#include "base/arena.h"
#include "schema/event.h"

struct event_batch {
    struct event *events;
    size_t count, capacity;
    size_t bytes; /* of all texts in it */
    struct arena arena;
};

/* Copies the event and its texts into the batch; a NUL follows each text. The returned address is valid
 * until the next add, the texts until clear or finish. `event` must not be in `batch`. */
struct event *event_batch_add(struct event_batch *batch, const struct event *event);

void event_batch_clear(struct event_batch *batch);
void event_batch_finish(struct event_batch *batch);
AUTO_FINISH(event_batch, struct event_batch, event_batch_finish)
