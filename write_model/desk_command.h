/* One command at the desk, inside the batch's transaction. */
#pragma once

#include "write_model/desk_work.h"

/* Runs the command: idempotency key, state, expected version, decision, append. OK: `answer` is
 * filled, be it a result or a problem; one that is no result has added nothing. Anything else: the
 * whole transaction must be rolled back. */
MUST_CHECK enum err desk_command_run(struct desk_work *work, struct command_request *request,
                                     struct command_answer *answer, struct error *error);
