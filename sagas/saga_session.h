/* The runner's session on sagas.db: its transactions, the timers under a clock that is set, and what is
 * published after each commit: messages to the dispatcher, metrics, the status.
 *
 * Belongs to the runner's thread, except saga_session_status().
 */
#pragma once

#include "sagas/saga_turn.h"
#include "telemetry/metrics.h"

#include <pthread.h>

/* Where tests stop the process. */
enum saga_point {
    SAGA_POINT_RECEIVED,
    SAGA_POINT_COMMITTED,
    SAGA_POINT_SENDING,
    SAGA_POINT_FIRING,
};
typedef void saga_point_fn(void *context, enum saga_point point);

struct saga_status {
    int64_t position;
    int64_t counts[SAGA_PHASES];
    bool catching_up, reaches_endpoint, reaches_control;
};

#define SAGA_SESSION_NO_TIMER INT64_MAX

struct saga_session {
    struct saga_turns turns;       /* with the store, which the session closes */
    struct dispatcher *dispatcher; /* which the session stops; NULL: not started yet */
    saga_point_fn *at;             /* tests only; may be NULL */
    void *at_context;

    int64_t first_timer_us; /* when the first timer is due */
    /* From the monotonic clock to the wall clock: as last seen, and as the open transaction saw it. */
    int64_t clock_offset_us, next_clock_offset_us;
    struct error after_commit; /* what failed after a commit; not yet returned */
    struct metric_series *phases[SAGA_PHASES], *wal_bytes;

    pthread_mutex_t mutex;
    struct saga_status status; /* under the mutex */
};

/* The caller then sets `turns.store` and `dispatcher`. */
void saga_session_init(struct saga_session *session, const struct saga_kind *const *kinds,
                       const struct upcasters *upcasters);
void saga_session_finish(struct saga_session *session);

/* Calls the hook of tests. */
void saga_session_at(const struct saga_session *session, enum saga_point point);

/* A transaction. An error of commit means that nothing was committed; `checkpoint` may be NULL. */
MUST_CHECK enum err saga_session_begin(struct saga_session *session, struct error *error);
MUST_CHECK enum err saga_session_commit(struct saga_session *session,
                                        const struct checkpoint *checkpoint, struct error *error);
void saga_session_rollback(struct saga_session *session);

/* `work` in a transaction; NULL: an empty one, with which waiting messages leave. An error means that
 * nothing was committed. */
typedef enum err saga_session_fn(void *context, struct error *error);
MUST_CHECK enum err saga_session_transact(struct saga_session *session, saga_session_fn *work,
                                          void *context, struct error *error);

/* What failed after a commit since the last call: it did not undo the transaction. */
MUST_CHECK enum err saga_session_check(struct saga_session *session, struct error *error);

/* True if a timer is due, or the clock was set. */
bool saga_session_timer_is_due(const struct saga_session *session);

/* Any thread, while the dispatcher runs. */
void saga_session_status(struct saga_session *session, struct saga_status *ret_status);
