#include "http/control_slots.h"

#include <string.h>
#include <sys/socket.h>

static void remove_at(struct control_slots *slots, size_t at)
{
    slots->count--;
    memmove(&slots->fd[at], &slots->fd[at + 1], (slots->count - at) * sizeof slots->fd[0]);
}

void control_slots_add(struct control_slots *slots, int fd)
{
    if (slots->count == CONTROL_SLOTS) {
        shutdown(slots->fd[0], SHUT_RDWR);
        remove_at(slots, 0);
    }
    slots->fd[slots->count++] = fd;
}

void control_slots_remove(struct control_slots *slots, int fd)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->fd[i] != fd)
            continue;
        remove_at(slots, i);
        return;
    }
}
