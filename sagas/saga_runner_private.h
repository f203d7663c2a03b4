/* What the files of the runner share. Nobody else includes it. */
#pragma once

#include "base/mailbox.h"
#include "sagas/dispatcher.h"
#include "sagas/saga_runner.h"
#include "telemetry/metrics.h"

#include <pthread.h>

#define FIRST_TIMER_NONE INT64_MAX

struct saga_runner {
    struct saga_runner_options options;
    struct saga_turns turns; /* with the store */
    struct saga_store *store;
    struct dispatcher *dispatcher;
    struct outbox_messages answered; /* taken from the dispatcher, not yet committed */
    int wake_fd;
    int64_t catch_up_to; /* position from which on sagas decide */
    bool all_decided;
    int64_t first_timer_us;
    int64_t forget_at_ms; /* monotonic: when to look for histories to remove */
    /* Of the wall clock to the monotonic one: as last seen, and as the open transaction saw it. */
    int64_t clock_offset_us, next_clock_offset_us;
    struct mailbox mailbox;          /* of operator actions */
    struct operator_request request; /* taken from it */
    struct error after_commit;       /* what failed behind a commit; not yet returned to the loop */
    struct metric_series *phases[SAGA_PHASES], *wal_bytes;

    pthread_mutex_t mutex;
    struct saga_runner_status status; /* under the mutex */
};

/* ---- saga_runner.c ---- */

/* A crash point, for tests. */
void saga_runner_at(const struct saga_runner *runner, enum saga_point point);

/* Work inside a transaction of its own; NULL: none but to let messages leave that waited. An error means
 * that nothing was committed. */
typedef enum err saga_work_fn(struct saga_runner *runner, struct error *error);
MUST_CHECK enum err saga_runner_transact(struct saga_runner *runner, saga_work_fn *work,
                                         struct error *error);

/* ---- saga_runner_start.c ---- */

/* Sets where a new store begins; checks that `kinds` has the table of steps of every running saga of
 * an old one. Sets `catch_up_to` to the end of the log: no saga decides before it is reached, so that
 * sagas first learn what has happened meanwhile. */
MUST_CHECK enum err saga_runner_start(struct saga_runner *runner, struct error *error);

/* ---- saga_runner_work.c ---- */

int64_t saga_runner_work_clock_offset_us(void);
/* In the open transaction: moves the timers if the clock was set. */
MUST_CHECK enum err saga_runner_work_follow_clock(struct saga_runner *runner, struct error *error);

/* Between two transactions of the subscription: all that is due. */
MUST_CHECK enum err saga_runner_work(struct saga_runner *runner, struct error *error);
