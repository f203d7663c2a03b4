/* Correlation-Id and Causation-Id: which messages belong together, and which caused which. */
#pragma once

#include "http/http_request.h"

struct message_ids {
    const char *correlation, *causation; /* live as long as the request */
};

/* Takes both headers; what is missing becomes a new id, the same for both: a command without a past
 * begins its own story. ERR_BAD_REQUEST if one is not 1 to 128 visible ASCII characters without
 * quotes and backslashes. */
MUST_CHECK enum err message_id_read(struct http_request *request, struct message_ids *ret,
                                    struct error *error);
