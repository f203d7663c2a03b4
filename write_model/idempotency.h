/* Idempotency keys: the first answer to a key, given again until it expires.
 *
 * Keys age by a clock of their own, the key clock: it runs with the monotonic clock while the log
 * is open for writing, goes on from the newest key when the log is opened again, and stands still
 * in between. So no step of the wall clock, forward or back, makes a key expire early or stay for
 * ever, and a key is kept for its lifetime or longer.
 */
#pragma once

#include "base/sha256.h"
#include "event_store/sqlite/event_log.h"
#include "write_model/command_desk.h"

/* The key clock minus the monotonic clock, to be added to clock_monotonic_us() as long as the log
 * stays open. */
MUST_CHECK enum err idempotency_clock(struct event_log *log, int64_t lifetime_us,
                                      int64_t *ret_offset_us, struct error *error);

/* Times below are the key clock's. Fills *ret_answer with the stored one, replayed, and sets
 * *ret_found, if the key is there and has not expired. ERR_KEY_REUSED if it belongs to a request
 * with another fingerprint. */
MUST_CHECK enum err idempotency_find(struct event_log *log, const char *key,
                                     const unsigned char fingerprint[SHA256_BYTES], int64_t now_us,
                                     bool *ret_found, struct command_answer *ret_answer,
                                     struct error *error);

/* Stores the answer to a request that has a key. */
MUST_CHECK enum err idempotency_store(struct event_log *log, const struct command_request *request,
                                      int64_t expires_us, const struct command_answer *answer,
                                      struct error *error);

/* Removes at most `most` expired keys, the oldest first. Costs one look-up if there are none. */
MUST_CHECK enum err idempotency_clean(struct event_log *log, int64_t now_us, size_t most,
                                      struct error *error);
