/* What all reads of the query endpoint have in common: Annal-Min-Position, which waits for one's
 * own writes, and Annal-Position, which every answer carries. */
#pragma once

#include "api/query_endpoint_private.h"

/* Reads into `answer`. */
typedef enum err read_fn(struct http_request *request, struct read_answer *answer,
                         struct error *error);

/* How new an answer has to be, and how long the client waits for it. */
struct freshness {
    int64_t min_position; /* 0: whatever there is */
    int64_t wait_seconds;
};

/* Annal-Min-Position and Prefer: wait=N. ERR_BAD_REQUEST. To be asked once in a request. */
MUST_CHECK enum err read_request_freshness(struct http_request *request, struct freshness *ret,
                                           struct error *error);
/* The same, kept as the request's state, for handlers that are called again after a wait. */
MUST_CHECK enum err read_request_freshness_kept(struct http_request *request,
                                                const struct freshness **ret, struct error *error);

/* Reads, into the memory of the request's own answer. A snapshot that is too old is renewed, and
 * read again, before anybody has to wait. `model` is NULL if the name is unknown. */
MUST_CHECK enum err read_request_read(struct http_request *request, const struct model *model,
                                      const struct freshness *freshness, read_fn *read,
                                      struct read_answer *answer, struct error *error);

enum read_outcome {
    READ_DONE,   /* it went well: Annal-Position is set, the rest is the caller's */
    READ_FAILED, /* answered with the problem */
    READ_PARKED, /* until the model may be new enough; then it is to be read again */
};

/* What follows from `err`, which read_request_read() has returned with `error`. */
enum read_outcome read_request_conclude(struct http_request *request, const struct model *model,
                                        const struct freshness *freshness, enum err err,
                                        const struct read_answer *answer, struct error *error);
