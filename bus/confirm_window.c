#include "bus/confirm_window.h"

#include "base/error.h"

static size_t slot_of(int64_t position)
{
    return (size_t)position % CONFIRM_WINDOW_EVENTS;
}

void confirm_window_begin(struct confirm_window *window)
{
    window->published = window->tag_zero = window->confirmed.position;
}

size_t confirm_window_room(const struct confirm_window *window)
{
    return CONFIRM_WINDOW_EVENTS - (size_t)(window->published - window->confirmed.position);
}

void confirm_window_add(struct confirm_window *window, const struct event *event)
{
    REQUIRE(event->position == window->published + 1 && confirm_window_room(window) > 0);
    size_t slot = slot_of(event->position);
    window->slots[slot].confirmed = false;
    memcpy(window->slots[slot].hash, event->hash, EVENT_HASH_BYTES);
    window->published++;
}

static bool advance(struct confirm_window *window)
{
    int64_t before = window->confirmed.position;
    while (window->confirmed.position < window->published) {
        size_t next = slot_of(window->confirmed.position + 1);
        if (!window->slots[next].confirmed)
            break;
        window->confirmed.position++;
        memcpy(window->confirmed.hash, window->slots[next].hash, EVENT_HASH_BYTES);
    }
    return window->confirmed.position > before;
}

bool confirm_window_confirm(struct confirm_window *window, uint64_t tag, bool multiple)
{
    if (tag > (uint64_t)(window->published - window->tag_zero))
        return false; /* never sent */
    int64_t last = window->tag_zero + (int64_t)tag;
    int64_t first = multiple ? window->confirmed.position + 1 : last;
    if (first <= window->confirmed.position)
        return false; /* confirmed already */
    for (int64_t position = first; position <= last; position++)
        window->slots[slot_of(position)].confirmed = true;
    return advance(window);
}
