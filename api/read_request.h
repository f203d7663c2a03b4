/* Reads of the query endpoint: Annal-Min-Position, which waits for a client's own writes, and
 * Annal-Position, which every answer carries. A row is read on the HTTP thread, everything else on a
 * worker (struct read_call).
 */
#pragma once

#include "api/query_context.h"
#include "api/query_string.h"
#include "api/read_workers.h"

/* Reads into `answer`. */
typedef enum err read_fn(struct http_request *request, struct read_answer *answer,
                         struct error *error);

/* How new an answer must be, and how long the client waits for it. */
struct freshness {
    int64_t min_position; /* 0: any */
    int64_t wait_seconds;
};

/* Annal-Min-Position and Prefer: wait=N. ERR_BAD_REQUEST. Called once for a request. */
MUST_CHECK enum err read_request_freshness(struct http_request *request, struct freshness *ret,
                                           struct error *error);
/* The same, kept as the request's state, for handlers that are called again after a wait. */
MUST_CHECK enum err read_request_keep_freshness(struct http_request *request,
                                                const struct freshness **ret, struct error *error);

/* Reads, into the memory of the request's answer. If the snapshot is too old, renews it and reads again
 * before the client has to wait. */
MUST_CHECK enum err read_request_read(struct http_request *request,
                                      const struct freshness *freshness, read_fn *read,
                                      struct read_answer *answer, struct error *error);

enum read_outcome {
    READ_DONE,   /* success: Annal-Position is set, the caller does the rest */
    READ_FAILED, /* answered with the problem */
    READ_PARKED, /* until the model may be new enough; then the caller reads again */
};

/* Acts on `err`, which read_request_read() has returned with `error`. */
enum read_outcome read_request_conclude(struct http_request *request,
                                        const struct freshness *freshness, enum err err,
                                        const struct read_answer *answer, struct error *error);

/* --- on a worker --------------------------------------------------------------------------------
 *
 * The request waits suspended, first for a worker, then perhaps for Annal-Min-Position, until it can
 * be answered. The call is the request's state. */

struct read_call {
    struct read_job job; /* first, so that a pointer to one is a pointer to the other */
    struct query_string query;
    read_fn *read;
    /* On the HTTP thread, after a successful read: completes the answer. */
    enum err (*answer_with)(struct http_request *request, struct error *error);
    void (*finish)(struct http_request *request); /* frees what answer_with has made; may be NULL */
    void *state;                                  /* likewise */
    struct freshness freshness;
    struct read_answer answer; /* its body is in the request's answer */
    enum err err;
    struct error error;
    bool parked;
    int64_t submitted_ms;
};

static inline struct read_call *read_request_call(const struct http_request *request)
{
    return request->state;
}

/* The call of a request, its query string decoded; it becomes the request's state. */
MUST_CHECK enum err read_request_create_call(struct http_request *request, read_fn *read,
                                             struct read_call **ret_call, struct error *error);

/* Reads on a worker and then answers. ERR_QUEUE_FULL. */
MUST_CHECK enum err read_request_start_call(struct http_request *request, struct error *error);

/* --- read_export.c: lists as NDJSON or CSV ------------------------------------------------------
 *
 * All rows, in constant memory, a page at a time. Each page is a separate read on a worker, after the
 * one before has been sent. Ends at `limit` if one was given. */

/* Before the call starts: it reads the first page of an export. */
void read_export_begin(struct http_request *request);

/* The first page has been read: the pages that follow it become part of the answer. */
void read_export_continue(struct http_request *request);
