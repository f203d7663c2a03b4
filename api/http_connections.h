/* All open connections of a server: their deadlines, and those whose request is parked.
 *
 * A parked request waits, suspended, for a subject (a read model, the log) to reach a position. One
 * thread, "http-waits", resumes it when that has happened, its deadline is over or the server
 * closes; the same thread cuts connections whose deadline is over. So a waiting or slow client
 * costs its slot and no thread.
 */
#pragma once

#include "api/http_request.h"

#include <stdatomic.h>

struct http_server;

struct http_connection {
    struct http_request request; /* first, so that either gives the other */
    struct http_server *server;
    int fd;
    _Atomic int64_t deadline_ms; /* monotonic; 0: none */

    /* Of the body that is being read. */
    bool begun;
    size_t reserved_bytes, received_bytes;
    enum err body_error;
    bool counted; /* among the active */

    /* Guarded by the registry. */
    struct http_connection *next, *previous;
    const void *subject;
    int64_t awaited;
};

struct http_connections;

struct http_connections_options {
    /* Makes a parked connection's request go on. Called on the thread http-waits. */
    void (*resume)(struct http_connection *connection);
    /* How far a subject is; called on the thread http-waits. May be NULL if nothing is parked. */
    int64_t (*progress)(void *context, const void *subject);
    void *context;
    int poll_ms; /* ask for progress so often while something waits; 0: only when woken */
};

struct http_connections *http_connections_open(const struct http_connections_options *options);
void http_connections_close(struct http_connections *connections);
AUTO_CLOSE(http_connections, struct http_connections, http_connections_close)

void http_connections_add(struct http_connections *connections, struct http_connection *added);
void http_connections_remove(struct http_connections *connections, struct http_connection *removed);

/* The connection is suspended already. Resumes it once the subject is at `awaited` or beyond, or at
 * its request's wait_deadline_ms. */
void http_connections_park(struct http_connections *connections, struct http_connection *parked,
                           const void *subject, int64_t awaited);

/* Some subject has moved on. Any thread; costs next to nothing while nothing is parked. */
void http_connections_wake(struct http_connections *connections);

/* A request is being answered, and no longer. */
void http_connections_begin_request(struct http_connections *connections);
void http_connections_end_request(struct http_connections *connections);

/* Resumes all that is parked, now and from now on, and returns when no request is being answered
 * any more. After `patience_ms` the connections' sockets are shut down, so that only requests that
 * are suspended for another reason can still hold it up. */
void http_connections_drain(struct http_connections *connections, int64_t patience_ms);
