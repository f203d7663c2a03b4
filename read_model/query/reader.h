/* The turns of threads at the read models: snapshots, the floor of each model, the janitor.
 */
#pragma once

#include "read_model/definition/models.h"
#include "read_model/query/read_snapshot.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

/* The newest position of a model that this process has returned, and in which log: no reader returns an
 * older one. Shared by all threads. When a model follows another log, its floor starts again. */
struct reader_floor {
    _Atomic int64_t position; /* written under the lock */
    atomic_bool raised;       /* something was returned */
    pthread_mutex_t lock;
    char log_id[ID_UUID_BYTES]; /* "" until a log was seen; under the lock */
};

/* The position; 0 if nothing of the model was returned. */
static inline int64_t reader_floor_position(struct reader_floor *floor)
{
    return atomic_load_explicit(&floor->position, memory_order_acquire);
}

/* The readers of all threads. */
struct readers {
    char *data_directory;
    const struct models *models;
    struct reader_floor *floors;      /* by model */
    struct metric_series **positions; /* by model */

    pthread_key_t reader_of_thread;
    pthread_mutex_t lock;
    struct {
        struct reader *first, *last;
    } all; /* under the lock */

    pthread_t janitor;
    pthread_cond_t janitor_wakes; /* with the lock */
    atomic_bool janitor_watches;  /* false: it sleeps until woken */
    bool janitor_stops;           /* under the lock */
};

/* A thread's snapshots, a row per model, made at its first turn and closed when the thread ends. The
 * lock is contended only by the janitor. */
struct reader {
    struct readers *readers;
    pthread_mutex_t lock;
    struct read_snapshot *snapshots; /* by model */
    struct reader *next, *previous;
};

/* Between reader_begin() and reader_end() a thread has a snapshot for its exclusive use. It is a few
 * milliseconds old at most, and not older than what any thread had returned before the turn began. */
struct reader_turn {
    struct reader *reader;
    struct read_snapshot *snapshot;
};

/* `models` is borrowed. Starts the janitor. */
MUST_CHECK enum err reader_open_all(struct readers *readers, const char *data_directory,
                                    const struct models *models, struct error *error);
/* No thread may be reading. */
void reader_close_all(struct readers *readers);

/* How long a snapshot is used before a newer one is taken. */
#define READER_SNAPSHOT_MS 3

/* Begins a turn at a model. `newest`: the snapshot has everything that is committed by now. ERR_NOT_READY
 * if the model has no file, or only one that is older than data already returned. */
MUST_CHECK enum err reader_begin(struct readers *readers, size_t model, bool newest,
                                 struct reader_turn *ret_turn, struct error *error);
void reader_end(struct reader_turn *turn);
AUTO_FINISH(reader_turn, struct reader_turn, reader_end)
