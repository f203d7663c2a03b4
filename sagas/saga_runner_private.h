/* What the files of the runner share. Nobody else includes it.
 *
 *   saga_runner.c          opening, the subscription, what other threads ask
 *   saga_runner_commit.c   transactions, and handing to the dispatcher what they have to send
 *   saga_runner_answers.c  what the dispatcher brings back
 *   saga_runner_timers.c   timers, and the clock they go by
 *   saga_runner_forget.c   histories of sagas that ended long ago
 */
#pragma once

#include "sagas/dispatcher.h"
#include "sagas/saga_runner.h"
#include "sagas/saga_turn.h"
#include "telemetry/metrics.h"

#include <pthread.h>

#define FIRST_TIMER_NONE INT64_MAX

/* One operator action at a time. What was asked may be taken back until the runner has taken it. */
enum ask_state { ASK_NONE, ASK_ASKED, ASK_TAKEN, ASK_ANSWERED };

struct saga_runner {
    struct saga_runner_options options;
    struct saga_turns turns;
    struct saga_outgoing outgoing; /* of the transaction that is open */
    struct saga_store *store;
    struct dispatcher *dispatcher;
    int wake_fd;
    int64_t catch_up_to; /* sagas decide from there on */
    int64_t handed;      /* number in the outbox up to which all was handed to the dispatcher */
    bool more_to_hand;   /* there may be more behind it, which waits in the outbox */
    int64_t first_timer_us;
    int64_t forget_at_ms; /* monotonic: when to look for histories to be removed */
    /* Of the wall clock to the monotonic one: as last seen, and as the open transaction saw it. */
    int64_t clock_offset_us, next_clock_offset_us;
    bool all_decided;
    struct dispatch_answer *answers; /* taken, not yet committed */
    struct metric_series *phases[SAGA_PHASES], *wal_bytes;

    /* Shared, under the mutex. */
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    struct saga_runner_status status;
    enum ask_state ask;
    enum operator_action action;
    const char *ask_saga, *ask_id, *ask_reason; /* the asker's, who waits */
    enum err ask_err;
    struct error ask_error;
};

/* A crash point, for tests. */
void saga_runner_at(const struct saga_runner *runner, enum saga_point point);

MUST_CHECK enum err saga_runner_begin(struct saga_runner *runner, struct error *error);
/* Commits what is open, then hands on what is to be sent. `checkpoint` may be NULL. */
MUST_CHECK enum err saga_runner_commit(struct saga_runner *runner,
                                       const struct checkpoint *checkpoint, struct error *error);

/* What was sent in it is not. */
void saga_runner_rollback(struct saga_runner *runner);

/* Work inside a transaction of its own. */
typedef enum err saga_work_fn(struct saga_runner *runner, struct error *error);
MUST_CHECK enum err saga_runner_transact(struct saga_runner *runner, saga_work_fn *work,
                                         struct error *error);

/* Hands on what found no room before. */
MUST_CHECK enum err saga_runner_hand_on(struct saga_runner *runner, struct error *error);

MUST_CHECK enum err saga_runner_take_answers(struct saga_runner *runner, struct error *error);
void saga_runner_drop_answers(struct saga_runner *runner);

int64_t saga_runner_clock_offset_us(void);
/* In the transaction that is open: moves the timers if the clock was set. */
MUST_CHECK enum err saga_runner_follow_clock(struct saga_runner *runner, struct error *error);
MUST_CHECK enum err saga_runner_tend_timers(struct saga_runner *runner, struct error *error);

/* Removes a few histories of sagas that ended long ago, now and then. */
MUST_CHECK enum err saga_runner_forget(struct saga_runner *runner, struct error *error);
