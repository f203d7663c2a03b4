/* Taking a request's body in, within bounds: of one body, and of all that are in flight together
 * with what is made of them. Memory is counted as it is taken, never as it is announced. */
#pragma once

#include "api/http_connections.h"
#include "api/http_limits.h"

struct http_intake {
    struct http_limits limits; /* no zeros */
    struct http_budget budget;
};

/* Puts the defaults in place of zeros. */
void http_intake_init(struct http_intake *intake, const struct http_limits *limits);
void http_intake_finish(struct http_intake *intake);

/* The head has come: what can be refused before the body is read. ERR_BAD_REQUEST if its length is
 * ambiguous, ERR_TOO_LARGE, ERR_QUEUE_FULL if there is no room for a long target. */
MUST_CHECK enum err http_intake_begin(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* A piece of the body. A body that cannot be kept is drained for one more limit, so that it can be
 * answered; false: it is longer than that, the connection is to be cut. */
MUST_CHECK bool http_intake_take(struct http_intake *intake, struct http_connection *connection,
                                 const char *piece, size_t bytes);

/* The body has come: ERR_TOO_LARGE or ERR_QUEUE_FULL if it could not be kept. */
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

/* Answers 408 if a body is coming; the connection is then to be shut down. Any thread. */
void http_intake_answer_slow(struct http_connection *connection);
