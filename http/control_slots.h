/* The connections of a listener that serves few at once: when there are too many, the one that has
 * been open longest is closed. A request here is answered within milliseconds, so that is one whose
 * client is slow or silent, and others need not wait for it. Belongs to the listener's thread. */
#pragma once

#include <stddef.h>

#define CONTROL_SLOTS 32

struct control_slots {
    int fd[CONTROL_SLOTS]; /* oldest first */
    size_t count;
};

/* A connection was accepted. Shuts the oldest down if this is one too many; the listener then
 * closes it as if its client had. */
void control_slots_add(struct control_slots *slots, int fd);
/* A connection was closed. Nothing happens if it had been shut down. */
void control_slots_remove(struct control_slots *slots, int fd);
