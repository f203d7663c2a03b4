/* Connections that the server has closed although their clients may still be sending.
 *
 * A request that is rejected before its body is read is answered, and the connection closed. If its
 * socket were closed at once, the kernel would answer the rest of the body with a reset, and the
 * client could lose the answer. So the sending side is shut down, and bytes that still arrive are read
 * and discarded until the client closes, an error occurs, or a number of bytes or a deadline is
 * reached (RFC 9112 §9.6).
 *
 * Guarded by the mutex of the registry (http_connections.c), whose thread reads.
 */
#pragma once

#include "telemetry/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINGERING_MOST 64 /* connections at once; another closes the oldest */

struct http_lingering_socket;

struct http_lingering {
    int epoll_fd; /* readable while one of the sockets is */
    size_t most_bytes;
    struct {
        struct http_lingering_socket *first, *last;
        size_t count;
    } sockets; /* the oldest first */
    struct metric_series *metric;
};

/* Of each connection, at most `most_bytes` are discarded. */
void http_lingering_open(struct http_lingering *lingering, size_t most_bytes);
void http_lingering_close(struct http_lingering *lingering);

/* Duplicates the socket, whose sending side must be shut down; the caller closes its own descriptor.
 * Does nothing if the client has already closed, or if no descriptor is left. */
void http_lingering_add(struct http_lingering *lingering, int fd);

/* Discards the bytes that have arrived. */
void http_lingering_read(struct http_lingering *lingering);

/* Closes those whose deadline has passed. */
void http_lingering_expire(struct http_lingering *lingering, int64_t now_ms);

/* Moves all later deadlines to this one. */
void http_lingering_hurry(struct http_lingering *lingering, int64_t deadline_ms);

/* The next deadline; INT64_MAX if no socket lingers. */
int64_t http_lingering_next_deadline_ms(const struct http_lingering *lingering);
