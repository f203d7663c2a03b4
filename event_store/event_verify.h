/* Walks the hash chain from the first event, and finds events that were changed, removed or
 * inserted. */
#pragma once

#include "base/progress.h"
#include "event_store/event_store.h"

/* How far a walk has verified the log; all zero before the first event. */
struct verified {
    int64_t position, time_us;
    unsigned char hash[EVENT_HASH_BYTES];
};

/* Verifies the next events after `verified`, some hundred at most, none after position `end`, and
 * advances `verified`. `*ret_count` is 0 if the log has none. ERR_CORRUPT names the first
 * position whose hash, version or time does not follow. */
MUST_CHECK enum err event_verify_next(struct event_store *store, int64_t end,
                                      struct verified *verified, size_t *ret_count,
                                      struct error *error);

/* Verifies the whole log, up to its head at the start. If `expect` is not NULL, the event at its position
 * must have its hash. `*ret_head` is the last event verified. */
MUST_CHECK enum err event_verify(struct event_store *store, const struct checkpoint *expect,
                                 progress_fn *progress, void *context, struct checkpoint *ret_head,
                                 struct error *error);
