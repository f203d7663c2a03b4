/* What all reads of the query endpoint have in common: Annal-Min-Position, which waits for one's
 * own writes, and Annal-Position, which every answer carries. */
#pragma once

#include "api/query_endpoint_private.h"

/* Reads into `answer`. */
typedef enum err read_fn(struct http_request *request, struct read_answer *answer,
                         struct error *error);

/* Reads; if the model (NULL if the name is unknown) is not at Annal-Min-Position yet, parks the
 * request and reads again when it is, at most Prefer: wait=N seconds, then ERR_NOT_REACHED.
 * Otherwise the answer is made, with Annal-Position, also when the read failed. *ret_read: it went
 * well, and the caller may add headers. */
MUST_CHECK enum err read_request_run(struct http_request *request, const struct model *model,
                                     read_fn *read, struct read_answer *answer, bool *ret_read,
                                     struct error *error);
