/* One command at the desk, decided in memory: what it changes is added to the batch's write set. */
#pragma once

#include "write_model/desk_work.h"

/* Runs the command: idempotency key, state, expected version, decision. `found` is what was
 * prefetched for it. OK: `answer` is filled, be it a result or a problem; a problem has added
 * nothing but itself, under its key. ERR_CORRUPT: the log is damaged, which concerns the batch. */
MUST_CHECK enum err desk_command_run(struct desk_work *work, struct command_request *request,
                                     struct desk_found *found, struct command_answer *answer,
                                     struct error *error);
