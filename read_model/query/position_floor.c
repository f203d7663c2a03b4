/* Raising takes the lock, once per snapshot; looking takes one atomic load, once per read. */
#include "read_model/query/position_floor.h"

#include "base/error.h"

#include <stdio.h>

void position_floor_init(struct position_floor *floor)
{
    *floor = (struct position_floor){0};
    REQUIRE(pthread_mutex_init(&floor->lock, NULL) == 0);
}

void position_floor_finish(struct position_floor *floor)
{
    pthread_mutex_destroy(&floor->lock);
}

/* A model that has seen no log yet ("") is not on another one. */
static bool is_other_log(const struct position_floor *floor, const char *log_id)
{
    return floor->log_id[0] && log_id[0] && strcmp(floor->log_id, log_id) != 0;
}

bool position_floor_raise(struct position_floor *floor, const char *log_id, int64_t position)
{
    pthread_mutex_lock(&floor->lock);
    int64_t shown = atomic_load(&floor->position);
    bool allowed = position >= shown || is_other_log(floor, log_id);
    if (allowed) {
        if (log_id[0])
            snprintf(floor->log_id, sizeof floor->log_id, "%s", log_id);
        atomic_store(&floor->raised, true);
        atomic_store_explicit(&floor->position, position, memory_order_release);
    }
    pthread_mutex_unlock(&floor->lock);
    return allowed;
}
