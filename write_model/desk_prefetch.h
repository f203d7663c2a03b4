/* Asking the event store, once for a batch, for what its commands need and the cache lacks: states,
 * stored answers, places of foreign events. */
#pragma once

#include "write_model/desk_work.h"

/* Fills the cache and work->found. A state that cannot be folded is left out: the command that
 * needs it meets the error again. */
MUST_CHECK enum err desk_prefetch_run(struct desk_work *work,
                                      struct command_request *const *requests, size_t count,
                                      struct error *error);
