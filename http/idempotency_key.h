/* Idempotency-Key (IETF draft): identifies the request that a client repeats. */
#pragma once

#include "base/sha256.h"
#include "http/http_request.h"

/* The key, unquoted; "" if none is given. Lives as long as the request. ERR_BAD_REQUEST if it is
 * not 1 to 255 visible characters, with or without quotes. */
MUST_CHECK enum err idempotency_key_read(struct http_request *request, const char **ret_key,
                                         struct error *error);

/* SHA-256 over method, path and body, which must be equal in every repetition. */
void idempotency_key_fingerprint(const char *method, struct slice path, struct slice body,
                                 unsigned char out[SHA256_BYTES]);
