/* The newest position of a model that this process has shown, and in which log: below it no reader
 * answers. Shared by all threads. A model that is on another log begins anew. */
#pragma once

#include "base/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct position_floor {
    _Atomic int64_t position; /* written under the lock */
    atomic_bool raised;       /* something was shown */
    pthread_mutex_t lock;
    char log_id[ID_UUID_BYTES]; /* "" until a log was seen; under the lock */
};

void position_floor_init(struct position_floor *floor);
void position_floor_finish(struct position_floor *floor);

/* Tells that a snapshot is at this position and about to be shown. False if it may not be: a newer
 * one of the same log was. */
bool position_floor_raise(struct position_floor *floor, const char *log_id, int64_t position);

/* Whether anything of the model was shown. */
static inline bool position_floor_is_raised(struct position_floor *floor)
{
    return atomic_load(&floor->raised);
}

static inline int64_t position_floor_get(struct position_floor *floor)
{
    return atomic_load_explicit(&floor->position, memory_order_acquire);
}
