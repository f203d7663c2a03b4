/* What the desk's thread works with, and the steps of a batch, in the order in which they call each other
 * (command_desk.h). Only the files of the desk include it.
 */
#pragma once

#include "base/arena.h"
#include "event_store/event_store.h"
#include "event_store/log_damage.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/desk_queue.h"
#include "write_model/desk_watch.h"
#include "write_model/state_cache.h"

/* Where an external event is in the log; position 0: the log does not have it. */
struct desk_place {
    struct slice stream, type;
    int64_t position, version;
};

/* What the log has for one request of the batch. Texts are in desk_work.arena. */
struct desk_found {
    const struct stored_answer *answer; /* to its key; NULL: none */
    const char *answer_fault;           /* why the answer to its key cannot be read; NULL: it can */
    int64_t version;                    /* of the stream that external events are appended to */
    size_t first_external;              /* index of its first external event in desk_work.places */
};

struct desk_work {
    struct event_store *store;
    struct checkpoint head; /* of the log, as last stored */
    int64_t head_time_us;
    const struct catalogue *catalogue;
    struct state_cache *cache;
    int64_t snapshot_every, key_lifetime_us;
    struct log_damage *damage;
    struct desk_watch watch;
    int64_t key_clock_offset_us; /* added to clock_monotonic_us(), it gives the key clock */
    struct desk_cursors cursors; /* not stored yet */

    /* Of the current batch. */
    struct write_set set;
    int64_t key_now_us;
    struct desk_found found[DESK_BATCH_MOST];
    struct {
        struct desk_place *at;
        size_t count, capacity;
    } places;
    struct arena arena;

    /* Of the current command. */
    int64_t now_us; /* the time of its events */
    struct text data, meta;
};

/* ---- desk_batch.c ---- */

enum desk_outcome {
    DESK_STORED,
    DESK_NOTHING_STORED, /* every answer says so */
    DESK_UNKNOWN,        /* the desk must stop */
};

/* Decides the commands in order in memory, stores their events and answers and the cursors as one
 * write set, and fills an answer for each command, to be sent when this returns. `count` may be 0. */
enum desk_outcome desk_batch_run(struct desk_work *work, struct command_request *const *requests,
                                 struct command_answer *answers, size_t count);

/* ---- desk_prefetch.c ---- */

/* Fills the cache and work->found. Leaves out a state that cannot be folded: the command that needs it
 * gets the same error. */
MUST_CHECK enum err desk_prefetch_run(struct desk_work *work,
                                      struct command_request *const *requests, size_t count,
                                      struct error *error);

/* ---- desk_command.c ---- */

/* Decides one command. OK: `answer` has a result or a refusal; a refusal adds only itself to the write set,
 * under its key. ERR_CORRUPT: the log is damaged, which concerns the whole batch. */
MUST_CHECK enum err desk_command_run(struct desk_work *work, struct command_request *request,
                                     const struct desk_found *found, struct command_answer *answer,
                                     struct error *error);

/* ---- desk_external.c ---- */

/* Adds to the write set those events of the request whose source and id the log does not have; the answer
 * has all of them, with their positions. Known events are found before the expected version is compared;
 * if all are known, the answer is a replay. */
MUST_CHECK enum err desk_external_append(struct desk_work *work,
                                         const struct command_request *request,
                                         const struct desk_found *found,
                                         struct command_answer *answer, struct error *error);
