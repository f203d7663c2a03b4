/* Operator actions on a saga: resume and abandon. The thread that owns the store applies them: the
 * runner's, which other threads ask (saga_runner_ask()), or, while no runner runs, a task that holds
 * the store's lock.
 */
#pragma once

#include "sagas/saga_turn.h"

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
