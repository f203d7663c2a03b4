/* Operator actions on a saga: resume and abandon. They are applied to the store by the thread that owns
 * it: the runner's, which other threads ask through a `struct operator_desk`, or, while no runner runs,
 * a task that holds the store's lock.
 */
#pragma once

#include "sagas/saga_turn.h"

#include <pthread.h>

enum operator_action { OPERATOR_ACTION_RESUME, OPERATOR_ACTION_ABANDON };

/* Borrowed. */
struct operator_request {
    enum operator_action action;
    const char *saga; /* "": the only one with that id */
    const char *id, *reason;
};

/* Inside a transaction, which the caller rolls back after an error. ERR_NOT_FOUND: no such saga.
 * ERR_REFUSED: it is not stuck (to resume), it has ended (to abandon), or `saga` is "" and several have
 * the id. */
MUST_CHECK enum err operator_action_apply(const struct saga_turns *turns,
                                          const struct operator_request *request,
                                          struct error *error);

/* One request at a time. It can be taken back until the owner has taken it. */
enum operator_desk_state { DESK_FREE, DESK_ASKED, DESK_TAKEN, DESK_ANSWERED };

struct operator_desk {
    int wake_fd; /* of the owner; borrowed */
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    /* Under the mutex. */
    enum operator_desk_state state;
    struct operator_request request; /* of the asking thread, which waits */
    struct error answer;
};

void operator_desk_init(struct operator_desk *desk, int wake_fd);
void operator_desk_finish(struct operator_desk *desk);

/* Any thread: waits until the owner has applied the request, and returns its result. ERR_BUSY, and
 * nothing was done: another request is waiting, or the owner did not take this one within 5 seconds. */
MUST_CHECK enum err operator_desk_ask(struct operator_desk *desk,
                                      const struct operator_request *request, struct error *error);

/* The owner's: true if there is a request, which must then be answered. */
bool operator_desk_take(struct operator_desk *desk, struct operator_request *ret_request);
void operator_desk_answer(struct operator_desk *desk, enum err err, const struct error *error);
