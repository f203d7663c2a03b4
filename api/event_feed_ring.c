/* Dropping an event frees its memory, so that the bytes counted are the bytes held. */
#include "api/event_feed_private.h"

#include "schema/cloudevent.h"

void event_feed_ring_init(struct event_feed_ring *ring)
{
    *ring = (struct event_feed_ring){.first = 1};
    ring->events = calloc(EVENT_FEED_RING_EVENTS, sizeof *ring->events);
    REQUIRE(ring->events);
}

static struct event_feed_item *place_of(const struct event_feed_ring *ring, int64_t position)
{
    return &ring->events[position % EVENT_FEED_RING_EVENTS];
}

static void drop_first(struct event_feed_ring *ring)
{
    struct event_feed_item *event = place_of(ring, ring->first++);
    ring->bytes -= event->bytes.capacity;
    text_finish(&event->bytes);
}

void event_feed_ring_begin(struct event_feed_ring *ring, int64_t last)
{
    while (ring->first <= ring->last)
        drop_first(ring);
    ring->first = last + 1;
    ring->last = last;
}

void event_feed_ring_finish(struct event_feed_ring *ring)
{
    event_feed_ring_begin(ring, 0);
    free(ring->events);
}

/* "id: 42\nevent: account.opened.v1\ndata: {…}\n\n" (WHATWG). Neither a type nor compact JSON
 * contains a line break. */
void event_feed_item_write(const struct event *event, struct text *out)
{
    text_add(out, "id: ");
    text_add_int(out, event->position);
    text_add(out, "\nevent: ");
    text_add_slice(out, event->type);
    text_add(out, "\ndata: ");
    cloudevent_write(event, out);
    text_add(out, "\n\n");
}

void event_feed_ring_add(struct event_feed_ring *ring, const struct event *event)
{
    struct slice category = event_category(event);
    if (event->position != ring->last + 1)
        event_feed_ring_begin(ring, event->position - 1);
    if (ring->last - ring->first + 1 == EVENT_FEED_RING_EVENTS)
        drop_first(ring);
    struct event_feed_item *added = place_of(ring, event->position);
    text_add_slice(&added->bytes, category);
    event_feed_item_write(event, &added->bytes);
    added->category_length = category.length;
    const char *line = memchr(added->bytes.at + category.length, '\n', added->bytes.length);
    added->type_at = (size_t)(line - added->bytes.at) + strlen("\nevent: ");
    added->type_length = event->type.length;
    ring->bytes += added->bytes.capacity;
    ring->last = event->position;
    while (ring->bytes > EVENT_FEED_RING_BYTES && ring->first < ring->last)
        drop_first(ring);
}

const struct event_feed_item *event_feed_ring_at(const struct event_feed_ring *ring,
                                                 int64_t position)
{
    REQUIRE(position >= ring->first && position <= ring->last);
    return place_of(ring, position);
}

struct slice event_feed_item_category(const struct event_feed_item *event)
{
    return (struct slice){event->bytes.at, event->category_length};
}

struct slice event_feed_item_type(const struct event_feed_item *event)
{
    return (struct slice){event->bytes.at + event->type_at, event->type_length};
}

struct slice event_feed_item_message(const struct event_feed_item *event)
{
    return (struct slice){event->bytes.at + event->category_length,
                          event->bytes.length - event->category_length};
}
