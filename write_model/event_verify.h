/* Walking the hash chain from the first event: finds what was changed, removed or put in. */
#pragma once

#include "write_model/event_log.h"

/* Called now and then with how far it is; returns false to stop (ERR_INTERRUPTED). */
typedef bool progress_fn(void *context, int64_t position, int64_t head);

/* ERR_CORRUPT names the first position whose hash, version or time does not follow. If `expect` is
 * not NULL, the event at its position must have its hash. `*ret_head`: what was verified. */
MUST_CHECK enum err event_verify(struct event_log *log, const struct checkpoint *expect,
                                 progress_fn *progress, void *context, struct checkpoint *ret_head,
                                 struct error *error);
