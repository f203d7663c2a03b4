/* Taking a request's body in, within bounds: of one body, and of all that are in flight together
 * with what is made of them. Memory is counted as it is taken, never as it is announced. */
#pragma once

#include "http/http_connection.h"
#include "http/http_limits.h"

struct http_intake {
    struct http_limits limits; /* no zeros */
    struct http_budget budget;
};

/* Puts the defaults in place of zeros. `apart`: without metrics. */
void http_intake_init(struct http_intake *intake, const struct http_limits *limits, bool apart);
void http_intake_finish(struct http_intake *intake);

/* The head has come: what can be refused before the body is read. ERR_BAD_REQUEST if its length is
 * ambiguous, ERR_TOO_LARGE, ERR_QUEUE_FULL if there is no room for a long target. */
MUST_CHECK enum err http_intake_begin(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* A piece of the body. A body that there is no memory for is read to its end, so that it can be
 * answered. ERR_TOO_LARGE: it is over the limit, and the caller answers it and closes the
 * connection; ERR_TOO_SLOW without a text: it was answered 408 already. */
MUST_CHECK enum err http_intake_take(struct http_intake *intake, struct http_connection *connection,
                                     const char *piece, size_t bytes, struct error *error);

/* The request is complete and is answered by the caller from now on; neither the rate of its body
 * nor others' need of its memory ends it any more. False if it was answered 408 already: then the
 * connection is to be closed. */
MUST_CHECK bool http_intake_complete(struct http_intake *intake,
                                     struct http_connection *connection);

/* ERR_QUEUE_FULL if there was no memory for the body of a complete request. */
MUST_CHECK enum err http_intake_check(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* Counts `bytes` that are made of the body, until http_intake_end(). ERR_QUEUE_FULL. */
MUST_CHECK enum err http_intake_reserve(struct http_intake *intake,
                                        struct http_connection *connection, size_t bytes,
                                        struct error *error);

/* Neither the body nor what was made of it is needed any more. */
void http_intake_end(struct http_intake *intake, struct http_connection *connection);

/* True if a body is coming, and more slowly than it must. Any thread. */
bool http_intake_is_slow(const struct http_intake *intake, const struct http_connection *connection,
                         int64_t now_ms);

/* Answers 408 if a body is coming, ends what is sent to the client, and leaves it a few seconds to
 * close. False, and nothing is done, if none is coming. Any thread. */
bool http_intake_answer_slow(struct http_connection *connection);
