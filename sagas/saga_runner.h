/* The runner, and the map of this module. A saga is a table of steps and pure functions (saga.h,
 * saga_table.h); the runner carries sagas out:
 *
 *   events of the log ──▶ subscription ─▶ saga_events ─┐    one transaction of sagas.db:
 *   timers, operator_action ───────────────────────────┼─▶ saga_turn  evolve, decide
 *                     ┌───────── answered messages ────┘      │ saves the row (saga_row, saga_cache,
 *                     │                                       │ saga_store) and adds to the outbox
 *                     │                                       ▼
 *                 dispatcher ◀── what may leave, after ─── outbox   a row until the transaction
 *   (its thread)      │          the commit                         that takes the answer in
 *                     └─▶ dispatch_request ─▶ POST /commands, GET …/state, POST /saga-events
 *
 *   saga_runner        opening, the subscription, transactions
 *   saga_runner_start  where a new store begins in the log, and whether an old one may go on
 *   saga_runner_work   answers, timers, put-off decisions, old histories: between events
 *   saga_control       its routes on the control socket; saga_report reads the file beside it
 *   saga_key           how sagas recognize the events of their own commands
 *
 * The runner runs on the caller's thread, which alone touches the store; the dispatcher has its own.
 * The process may die anywhere: events come again from the checkpoint, messages are in the outbox, and
 * their keys make a repeat harmless.
 */
#pragma once

#include "bus/bus_url.h"
#include "sagas/operator_action.h"

struct saga_runner;

/* Where tests let it crash. */
enum saga_point {
    SAGA_POINT_RECEIVED,
    SAGA_POINT_COMMITTED,
    SAGA_POINT_SENDING,
    SAGA_POINT_FIRING,
};

struct saga_runner_options {
    const char *data_directory; /* of sagas.db and the control sockets */
    const char *log_url;
    const struct bus_url *bus;
    const char *commands_url;             /* "http://127.0.0.1:8080" */
    const struct saga_kind *const *kinds; /* closed by NULL (saga.h) */
    const struct upcasters *upcasters;    /* of the catalogue; NULL: events are read as they are */
    const json_t *settings; /* for sagas that begin: the domain's options; borrowed; may be NULL */
    /* Where a new store begins: behind this position; -1: at the head. `from_given`: an operator chose
     * it, which is required if the log has events of sagas, whose store was lost. */
    int64_t from;
    bool from_given;
    int64_t key_lifetime_us;
    size_t in_flight;      /* commands under way; 0: 256 */
    int64_t keep_ended_us; /* a saga's history, after it has ended; 0: without limit */
    /* Tests only; called on the runner's thread or (SENDING) the dispatcher's. May be NULL. */
    void (*at)(void *context, enum saga_point point);
    void *context;
};

/* Takes the lock and checks that it may start: that the table of sagas is consistent (saga_table.h),
 * that the store belongs to this log and was not lost, that the program has the table of steps of every
 * running saga. The errors say what to do. */
MUST_CHECK enum err saga_runner_open(const struct saga_runner_options *options,
                                     struct saga_runner **ret_runner, struct error *error);
void saga_runner_close(struct saga_runner *runner);
AUTO_CLOSE(saga_runner, struct saga_runner, saga_runner_close)

/* Runs until a stop is requested (OK) or an error that an operator must see to. */
MUST_CHECK enum err saga_runner_run(struct saga_runner *runner, struct error *error);

/* From any thread, while it runs: waits for the result of the action, which is carried out once: to resume
 * a saga twice could resume it from a trouble that nobody has seen. ERR_BUSY, and nothing was done:
 * another action is in progress, or the runner has not started this one within 5 seconds. */
MUST_CHECK enum err saga_runner_ask(struct saga_runner *runner,
                                    const struct operator_request *request, struct error *error);

/* For status; any thread. */
struct saga_runner_status {
    int64_t position;
    int64_t counts[SAGA_PHASES];
    bool catching_up, reaches_endpoint, reaches_control;
};
void saga_runner_status(struct saga_runner *runner, struct saga_runner_status *ret_status);
