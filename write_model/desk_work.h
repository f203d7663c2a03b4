/* What the desk's thread works with. Only the files of the desk include it. */
#pragma once

#include "event_store/event_store.h"
#include "event_store/log_damage.h"
#include "write_model/command_desk.h"
#include "write_model/desk_clock.h"
#include "write_model/desk_trouble.h"
#include "write_model/state_cache.h"

#define DESK_BATCH_MOST 256

/* What the log says of one request of the batch, asked for before the first is decided. */
struct desk_found {
    bool has_answer; /* to its key */
    unsigned char fingerprint[SHA256_BYTES];
    struct command_answer answer;
    int64_t version;      /* of the stream that foreign events are appended to */
    size_t first_foreign; /* index of its first foreign event in desk_work.places */
};

/* Where a foreign event is in the log; position 0: it is not. Texts lie in desk_work.arena. */
struct desk_place {
    struct slice stream, type;
    int64_t position, version;
};

struct desk_work {
    struct event_store *store;
    struct checkpoint head; /* of the log, as last stored */
    int64_t head_time_us;
    const struct catalogue *catalogue;
    struct state_cache *cache;
    int64_t snapshot_every, key_lifetime_us;
    struct desk_trouble trouble;
    struct log_damage *damage;
    struct desk_clock clock;
    int64_t key_clock_offset_us; /* to be added to clock_monotonic_us(): the key clock */

    /* Of the batch at hand. */
    struct write_set set;
    int64_t key_now_us;
    struct desk_found found[DESK_BATCH_MOST];
    struct {
        struct desk_place *at;
        size_t count, capacity;
    } places;
    struct arena arena;

    /* Of the command at hand. */
    int64_t now_us; /* its events are recorded with */
    struct text stream, data, meta;
};

void desk_work_finish(struct desk_work *work);
