/* The fence: what is written after a COMMIT that failed, so that it cannot come back. */
#pragma once

#include "event_store/sqlite/event_log.h"

/* Commits a small transaction of its own. OK: what the failed COMMIT had written can no longer be
 * found in the log, whatever happens to the machine. Else it is not known. */
MUST_CHECK enum err log_fence_raise(struct event_log *log, int64_t now_us, struct error *error);
