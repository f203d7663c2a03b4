/* What the desk's thread works with, and what the command at hand has written so far. */
#pragma once

#include "event_store/log_damage.h"
#include "event_store/sqlite/event_log.h"
#include "write_model/command_desk.h"
#include "write_model/desk_clock.h"
#include "write_model/desk_trouble.h"
#include "write_model/state_cache.h"

struct desk_work {
    struct event_log *log;
    const struct catalogue *catalogue;
    struct state_cache *cache;
    int64_t snapshot_every, key_lifetime_us;
    struct desk_trouble trouble;
    struct log_damage *damage;
    struct desk_clock clock;
    int64_t key_clock_offset_us; /* see idempotency.h */
    int64_t key_now_us;          /* the key clock, at the batch at hand */

    bool careful; /* each command writes in a savepoint of its own */

    /* Of the command at hand. */
    bool writing;   /* it has written, or is about to */
    int64_t now_us; /* what its events will be recorded with */
    int64_t head;   /* the log's before it */
    struct text stream, data, meta, ids;
    struct event *events;
    size_t event_capacity;
};

void desk_work_finish(struct desk_work *work);

MUST_CHECK enum err desk_work_begin_command(struct desk_work *work,
                                            const struct command_request *request,
                                            struct error *error);

/* Before the command writes for the first time, and again if it likes. */
MUST_CHECK enum err desk_work_begin_writing(struct desk_work *work, struct error *error);

/* Keeps what the command has written, or undoes it together with the cached state. False: it cannot
 * be undone alone, or the whole transaction is gone already. */
MUST_CHECK enum err desk_work_keep(struct desk_work *work, struct error *error);
MUST_CHECK bool desk_work_undo(struct desk_work *work);

/* Room for `count` events and their ids. */
void desk_work_reserve(struct desk_work *work, size_t count);
