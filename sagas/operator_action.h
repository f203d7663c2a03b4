/* Operator actions on a saga, applied to the store: by the runner, or by a task that holds the
 * store's lock while no runner does. */
#pragma once

#include "sagas/saga_runner.h"
#include "sagas/saga_turn.h"

/* Inside a transaction, which the caller rolls back after an error. `saga` "": the only one with
 * that id. ERR_NOT_FOUND: no such saga. ERR_REFUSED: it is not stuck (to resume), it has ended (to
 * abandon), or `saga` is "" and several have the id. */
MUST_CHECK enum err operator_action_apply(const struct saga_turns *turns,
                                          enum operator_action action, const char *saga,
                                          const char *id, const char *reason, struct error *error);
