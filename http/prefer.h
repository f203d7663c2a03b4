/* Prefer: wait=N (RFC 7240): how long a client is willing to wait. */
#pragma once

#include "http/http_request.h"

#define PREFER_WAIT_MOST_SECONDS 30

/* The seconds asked for, cut to the most; `fallback` if none. Answers a wait that was asked for
 * with Preference-Applied. Other preferences are ignored; ERR_BAD_REQUEST if wait is not a number.
 */
MUST_CHECK enum err prefer_read_wait(struct http_request *request, int64_t fallback_seconds,
                                     int64_t *ret_seconds, struct error *error);
