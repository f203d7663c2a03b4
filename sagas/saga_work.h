/* The work of the runner between two runs of events, on its thread: it takes in answers, fires timers,
 * lets sagas decide that had to wait, applies operator actions, removes old histories.
 */
#pragma once

#include "base/mailbox.h"
#include "sagas/operator_action.h"
#include "sagas/saga_session.h"

struct saga_work {
    struct saga_session *session;
    struct outbox_messages answered; /* taken from the dispatcher, not yet committed */
    int64_t catch_up_to;             /* no saga decides before this position of the log is read */
    bool all_decided;                /* no saga is due to decide */
    int64_t keep_ended_us;           /* 0: histories are kept without limit */
    int64_t forget_at_ms;            /* monotonic: when to look for histories to remove */
    struct mailbox mailbox;          /* of operator actions */
    struct operator_request request; /* taken from it */
};

/* `wake_fd`, an eventfd, is signalled when an operator action arrives. */
void saga_work_init(struct saga_work *work, struct saga_session *session, int wake_fd,
                    int64_t keep_ended_us);
void saga_work_finish(struct saga_work *work);

/* Does all that is due, each in its own transaction. */
MUST_CHECK enum err saga_work_run(struct saga_work *work, struct error *error);

/* Any other thread; see saga_runner_ask(). */
MUST_CHECK enum err saga_work_ask(struct saga_work *work, const struct operator_request *request,
                                  struct error *error);
