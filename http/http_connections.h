/* All open connections of a server: their deadlines, and those whose request waits, suspended.
 *
 * A request is parked until a subject (a read model, the log) reaches a position or its deadline is
 * over, or it rests until somebody wakes it. Either also goes on when its client goes away or the
 * server closes. One thread, "http-waits", sees to that, and cuts connections whose deadline is
 * over. So a waiting or slow client costs its slot and no thread.
 */
#pragma once

#include "http/http_addresses.h"
#include "http/http_budget.h"
#include "http/http_request.h"

#include <stdatomic.h>

struct http_server;
struct listener_places;

struct http_connection {
    struct http_request request; /* first, so that either gives the other */
    struct http_server *server;
    int fd;
    bool has_place; /* among those of its address */
    struct http_address address;
    _Atomic int64_t deadline_ms; /* monotonic; 0: none */

    const char *target, *target_end; /* in the library's buffer; see http_head.h */
    size_t head_bytes; /* of the connection's memory that the head takes; 0: not known */
    bool unread;       /* the rest of a request may be coming that the server does not read */

    /* Of the body that is being read. */
    bool begun;
    _Atomic int64_t body_begun_ms; /* 0: no body is coming */
    atomic_size_t received_bytes;
    size_t reserved_bytes; /* for what is made of it */
    enum err body_error;
    bool counted; /* among the active */

    struct http_holding intake, outflow; /* see http_intake.h, http_outflow.h */

    atomic_bool gone;                        /* its client */
    _Atomic(struct listener_places *) place; /* its request has taken; NULL: none */

    /* Guarded by the registry. */
    struct http_connection *next, *previous;
    bool watched; /* its socket, for its client's going away */
    bool resting;
    const void *subject; /* if it is parked */
    int64_t awaited;
};

struct http_connections;

struct http_connections_options {
    /* Makes a waiting connection's request go on. */
    void (*resume)(struct http_connection *connection);
    /* Every second, for each connection, on the thread http-waits: true if it is to be shut down.
     */
    bool (*is_over)(struct http_connection *connection, int64_t now_ms);
    /* Every second, on that thread. */
    void (*look)(void *context, int64_t now_ms);
    /* How far a subject is; called on the thread http-waits. May be NULL if nothing is parked. */
    int64_t (*progress)(void *context, const void *subject);
    void *context;
    int poll_ms;         /* ask for progress so often while something waits; 0: only when woken */
    size_t linger_bytes; /* discarded at most of a closed connection */
};

struct http_connections *http_connections_open(const struct http_connections_options *options);
void http_connections_close(struct http_connections *connections);
AUTO_CLOSE(http_connections, struct http_connections, http_connections_close)

void http_connections_add(struct http_connections *connections, struct http_connection *added);
void http_connections_remove(struct http_connections *connections, struct http_connection *removed);

/* The caller is about to close the socket, whose sending side is shut down, and has not read all
 * that its client sends: reads on, so that the client can read its answer. */
void http_connections_linger(struct http_connections *connections, int fd);

/* The connection is suspended already. Resumes it once the subject is at `awaited` or beyond, or at
 * its request's wait_deadline_ms; the request's `wake` tells why. */
void http_connections_park(struct http_connections *connections, struct http_connection *parked,
                           const void *subject, int64_t awaited);

/* Some subject has moved on. Any thread; costs next to nothing while nothing is parked. */
void http_connections_tell(struct http_connections *connections);

/* The connection is suspended already. Resumes it once somebody wakes it. */
void http_connections_rest(struct http_connections *connections, struct http_connection *resting);

/* Does nothing to one that does not rest. Any thread, while the connection is open. */
void http_connections_wake(struct http_connections *connections, struct http_connection *woken);

/* Has those clients noticed that have gone away by now. Any thread. */
void http_connections_notice(struct http_connections *connections);

/* A request is being answered, and no longer. */
void http_connections_begin_request(struct http_connections *connections);
void http_connections_end_request(struct http_connections *connections);

/* Resumes all that waits, now and from now on, and returns when no request is being answered
 * any more. After `patience_ms` the connections' sockets are shut down, so that only requests that
 * are suspended for another reason can still hold it up. */
void http_connections_drain(struct http_connections *connections, int64_t patience_ms);
