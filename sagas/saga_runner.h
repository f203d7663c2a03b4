/* The runner: a subscription that hands events to sagas, a dispatcher that sends what they want,
 * and one transaction of sagas.db for everything an input changes. It runs on the caller's thread,
 * which is the only one to touch the store; the dispatcher has its own.
 *
 * Between receiving, committing and sending it may die anywhere: events come again from the
 * checkpoint, what was to be sent is in the outbox, and keys make a repeat harmless.
 */
#pragma once

#include "bus/bus_url.h"
#include "sagas/saga.h"
#include "schema/catalogue/upcasters.h"

struct saga_runner;

/* Where a crash may come; for tests. */
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
    /* Where a store that is new begins: behind this position; -1: at the head. `from_given`: a
     * person has said so, which is asked for if the log already has sagas of a store that is lost.
     */
    int64_t from;
    bool from_given;
    int64_t key_lifetime_us;
    size_t in_flight;      /* commands under way; 0: 256 */
    int64_t keep_ended_us; /* a saga's history, after it has ended; 0: for ever */
    /* Tests only; called on the runner's thread or (SENDING) the dispatcher's. May be NULL. */
    void (*at)(void *context, enum saga_point point);
    void *context;
};

/* Takes the lock and checks that it may start: that the table of sagas holds together
 * (saga_table.h), that the store is of this log and was not lost, that every running saga's table
 * of steps is there. The errors say what to do. */
MUST_CHECK enum err saga_runner_open(const struct saga_runner_options *options,
                                     struct saga_runner **ret_runner, struct error *error);
void saga_runner_close(struct saga_runner *runner);
AUTO_CLOSE(saga_runner, struct saga_runner, saga_runner_close)

/* Runs until a stop is requested (OK) or something a person must see to. */
MUST_CHECK enum err saga_runner_run(struct saga_runner *runner, struct error *error);

/* `saga` "": the only one with that id. */
enum operator_action { OPERATOR_ACTION_RESUME, OPERATOR_ACTION_ABANDON };

/* From any thread, while it runs: done when it returns OK, else nothing is. ERR_NOT_FOUND,
 * ERR_REFUSED, or ERR_BUSY if the runner is. */
MUST_CHECK enum err saga_runner_ask(struct saga_runner *runner, enum operator_action action,
                                    const char *saga, const char *id, const char *reason,
                                    struct error *error);

/* For status; any thread. */
struct saga_runner_status {
    int64_t position;
    int64_t counts[SAGA_PHASES];
    bool catching_up, reaches_endpoint, reaches_control;
};
void saga_runner_status(struct saga_runner *runner, struct saga_runner_status *ret_status);
