/* Taking a request's body in, within bounds: of one body, and of all that are in flight. */
#pragma once

#include "api/http_connections.h"
#include "api/http_limits.h"

struct http_intake {
    struct http_limits limits; /* no zeros */
    atomic_size_t bytes;       /* of bodies in flight */
};

/* Puts the defaults in place of zeros. */
void http_intake_init(struct http_intake *intake, const struct http_limits *limits);

/* The head has come: what can be refused before the body is read. ERR_BAD_REQUEST if its length is
 * ambiguous, ERR_TOO_LARGE, ERR_QUEUE_FULL. */
MUST_CHECK enum err http_intake_begin(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* A piece of the body. A body that cannot be kept is drained for one more limit, so that it can be
 * answered; false: it is longer than that, the connection is to be cut. */
MUST_CHECK bool http_intake_take(struct http_intake *intake, struct http_connection *connection,
                                 const char *piece, size_t bytes);

/* The body has come: ERR_TOO_LARGE or ERR_QUEUE_FULL if it could not be kept. */
MUST_CHECK enum err http_intake_check(const struct http_intake *intake,
                                      const struct http_connection *connection,
                                      struct error *error);

/* The request is over: its bytes are free for others. */
void http_intake_end(struct http_intake *intake, struct http_connection *connection);
