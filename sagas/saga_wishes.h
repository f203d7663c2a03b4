/* What a person wants of a saga: carried out in the store, by the runner or by a task that holds
 * the lock while no runner does. */
#pragma once

#include "sagas/saga_runner.h"
#include "sagas/saga_turn.h"

/* Inside a transaction, which the caller rolls back after an error. ERR_NOT_FOUND if there is no
 * such saga; ERR_REFUSED if it is not stuck (to resume) or has ended (to abandon), or if `saga` is
 * "" and there are several. */
MUST_CHECK enum err saga_wish_fulfil(const struct saga_turns *turns, enum saga_wish wish,
                                     const char *saga, const char *id, const char *reason,
                                     struct error *error);
