/* Idempotency keys: the first answer to a key, given again until it expires. */
#pragma once

#include "base/sha256.h"
#include "write_model/command_desk.h"
#include "write_model/event_log.h"

/* Fills *ret_answer with the stored one, replayed, and sets *ret_found, if the key is there and has
 * not expired. ERR_KEY_REUSED if it belongs to a request with another fingerprint. */
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
