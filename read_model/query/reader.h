/* A thread's turn at a read model: from begin to end it has a snapshot for itself, at most a few
 * milliseconds old and never older than what any thread has shown before the turn began.
 *
 * Every thread has a reader of its own (a snapshot per model), made at its first turn and closed
 * when the thread ends. Its lock is contended only by the janitor, who ends the transactions of
 * threads that have nothing to read, so that none keeps the WAL from being checkpointed.
 */
#pragma once

#include "read_model/query/read_side_private.h"
#include "read_model/query/read_snapshot.h"

#define READER_SNAPSHOT_MS 3 /* how long one is used before a newer one is taken */

struct reader {
    struct read_side *side;
    pthread_mutex_t lock;
    struct read_snapshot *snapshots; /* by model */
    struct reader *next;
};

struct reader_turn {
    struct reader *reader;
    struct read_snapshot *snapshot;
};

/* Begins a turn at a model; `newest` wants what is committed now rather than a few milliseconds
 * ago. ERR_NOT_READY if it has no file, or only an older one than was shown. */
MUST_CHECK enum err reader_begin(struct read_side *side, size_t model, bool newest,
                                 struct reader_turn *ret_turn, struct error *error);
void reader_end(struct reader_turn *turn);
AUTO_FINISH(reader_turn, struct reader_turn, reader_end)

/* Closes the readers of all threads. No thread may be reading. */
void reader_close_all(struct read_side *side);

/* For pthread_key_create: closes the reader of a thread that ends. */
void reader_close(void *reader);
