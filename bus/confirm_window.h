/* Published events that wait for the broker's confirm: a bounded run of consecutive events. Confirms may
 * arrive in any order; only a run without a gap counts as confirmed.
 */
#pragma once

#include "schema/checkpoint.h"

#include <stdbool.h>

#define CONFIRM_WINDOW_EVENTS 1024

struct confirm_window {
    struct checkpoint confirmed; /* the last event of the confirmed run */
    int64_t published;           /* position of the last published event */
    int64_t tag_zero;            /* an event's position is this plus the tag of its message */
    struct {
        bool confirmed;
        unsigned char hash[EVENT_HASH_BYTES];
    } slots[CONFIRM_WINDOW_EVENTS]; /* by position modulo their number */
};

/* A new connection, whose first message will have the tag 1: the events after `confirmed` must be
 * published again. */
void confirm_window_begin(struct confirm_window *window);

/* The number of events that may be added now. */
size_t confirm_window_room(const struct confirm_window *window);

/* Adds the event after `published`, which is being published. */
void confirm_window_add(struct confirm_window *window, const struct event *event);

/* The broker has confirmed this tag, or all tags up to it. True if `confirmed` has advanced. */
bool confirm_window_confirm(struct confirm_window *window, uint64_t tag, bool multiple);
