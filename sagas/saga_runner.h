/* The runner, and the map of this module. A saga is a table of steps and pure functions (saga.h,
 * saga_table.h); the runner carries sagas out. From an event to a command that is sent:
 *
 *   1. saga_runner    the subscription delivers an event of the log, in a transaction of saga_session
 *   2. saga_events    finds the saga that the event concerns, or begins one
 *   3. saga_turn      evolve, decide; saves the row (saga_row, saga_store) and adds messages to the outbox
 *   4. outbox         the messages as rows of sagas.db, until their answer is taken in
 *   5. saga_session   commits, and the outbox gives the dispatcher what may leave
 *   6. dispatcher     on its thread: queues and circuit breakers (dispatch_line), requests
 *                     (dispatch_request): POST /commands, GET …/state, POST /saga-events
 *   7. saga_work      between two transactions of events: takes in the answers and continues with 3
 *
 * Timers and operator actions (operator_action) also enter through saga_work. The rest:
 *
 *   saga_append       the server side of POST /saga-events, in `annal commands`
 *   saga_control      the runner's routes on its control socket
 *   saga_report       reads sagas.db beside the runner
 *   saga_key          how sagas recognize the events of their own commands
 *
 * The runner runs on the caller's thread, which alone uses the store. The process may die at any point:
 * events come again from the checkpoint, messages are in the outbox, and their keys make a repeat
 * harmless.
 */
#pragma once

#include "bus/bus_url.h"
#include "sagas/operator_action.h"
#include "sagas/saga_session.h"

struct saga_runner;

struct saga_runner_options {
    const char *data_directory; /* of sagas.db and the control sockets */
    const char *log_url;
    const struct bus_url *bus;
    const char *commands_url;             /* "http://127.0.0.1:8080" */
    const struct saga_kind *const *kinds; /* closed by NULL (saga.h) */
    const struct upcasters *upcasters;    /* of the catalogue; NULL: events are read unchanged */
    const json_t *settings; /* for sagas that begin: the domain's options; borrowed; may be NULL */
    /* Where a new store begins: after this position; -1: at the head. `from_given`: an operator chose
     * it, which is required if the log has events of sagas, whose store was lost. */
    int64_t from;
    bool from_given;
    int64_t key_lifetime_us;
    size_t in_flight;      /* the most commands under way; 0: 256 */
    int64_t keep_ended_us; /* how long a saga's history is kept after its end; 0: without limit */
    /* Tests only; called on the runner's thread or (SENDING) the dispatcher's. May be NULL. */
    saga_point_fn *at;
    void *context;
};

/* Takes the lock and checks that it may start: that the table of sagas is consistent (saga_table.h),
 * that the store belongs to this log and was not lost, that the program has the steps of every running
 * saga. The errors say what to do. */
MUST_CHECK enum err saga_runner_open(const struct saga_runner_options *options,
                                     struct saga_runner **ret_runner, struct error *error);
void saga_runner_close(struct saga_runner *runner);
AUTO_CLOSE(saga_runner, struct saga_runner, saga_runner_close)

/* Runs until a stop is requested (OK) or an error that an operator must resolve. */
MUST_CHECK enum err saga_runner_run(struct saga_runner *runner, struct error *error);

/* From any other thread, while it runs: waits for the result of the action, which is carried out at most
 * once, since a repeated resume could resume a saga from a trouble that no operator has seen. ERR_BUSY:
 * nothing was done; another action is in progress, or the runner has not started this one within
 * 5 seconds. */
MUST_CHECK enum err saga_runner_ask(struct saga_runner *runner,
                                    const struct operator_request *request, struct error *error);

/* Any thread. */
void saga_runner_status(struct saga_runner *runner, struct saga_status *ret_status);
