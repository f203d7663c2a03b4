/* The newest events of the log, each rendered once for all listeners. Bounded in events and bytes: the
 * oldest are dropped first. Guarded by the mutex of its owner. */
#pragma once

#include "base/text.h"
#include "schema/event.h"

#define EVENT_FEED_RING_EVENTS 4096
#define EVENT_FEED_RING_BYTES  ((size_t)2 * 1024 * 1024)

struct event_feed_item {
    struct text bytes; /* the category, followed by the message */
    size_t category_length, type_at, type_length;
};

struct event_feed_ring {
    struct event_feed_item *events; /* EVENT_FEED_RING_EVENTS, indexed by position modulo that */
    int64_t first, last;            /* positions; empty if first > last */
    size_t bytes;
};

void event_feed_ring_init(struct event_feed_ring *ring);
void event_feed_ring_finish(struct event_feed_ring *ring);

/* Empties the ring; the next event is the one after `last`. */
void event_feed_ring_begin(struct event_feed_ring *ring, int64_t last);

/* Adds the event after ring->last; any other event empties the ring first. */
void event_feed_ring_add(struct event_feed_ring *ring, const struct event *event);

/* `position` must be in the ring. The result is valid until the next add. */
const struct event_feed_item *event_feed_ring_at(const struct event_feed_ring *ring,
                                                 int64_t position);
struct slice event_feed_item_category(const struct event_feed_item *event);
struct slice event_feed_item_type(const struct event_feed_item *event);
struct slice event_feed_item_message(const struct event_feed_item *event);

/* Adds the event as a server-sent event: id, event, data and an empty line. */
void event_feed_item_write(const struct event *event, struct text *out);
