/* Requests that are answered later: a handler answers at once, or defers its request and returns OK.
 *
 * A deferred request costs its connection and no thread. It is resumed, on its HTTP thread and with
 * request->resume (or the handler again), when the first of these happens: another thread wakes it;
 * its subject (a read model, the log) reaches a position; its deadline passes; its client leaves; the
 * server closes. request->wake says which. A request whose client has left ends without being resumed.
 * In the middle of an answer of unknown length, answer.more is called again instead.
 *
 * A `kept` request has memory that another thread works on: only that thread's wake, exactly one,
 * resumes it, and a closing server waits for it.
 */
#pragma once

#include "http/http_request.h"

struct http_server;

struct http_deferral {
    const void *subject; /* resumes the request once it is at `awaited` or beyond */
    int64_t awaited;     /* 0: no subject */
    int64_t wait_ms;     /* counted from the first deferral of the request; 0: no deadline */
    bool kept;
};

void http_deferral_begin(struct http_request *request, const struct http_deferral *how);

/* Does nothing to a request that is not deferred. Any thread, while the request is not finished. */
void http_deferral_wake(struct http_request *request);

/* Some subject has advanced. Any thread; costs next to nothing while no request waits for one. */
void http_deferral_notify(struct http_server *server);

/* The server closes, or the request's client has left. */
bool http_deferral_is_over(const struct http_request *request);

/* Notices now which clients of the request's server have left. Any thread. */
void http_deferral_find_left(struct http_request *request);

/* A callback for when the request ends or its client leaves, whichever is first; any thread. */
struct http_leaving {
    void (*left)(struct http_leaving *leaving);
};
/* A request has at most one. */
void http_deferral_on_leaving(struct http_request *request, struct http_leaving *leaving);
bool http_deferral_has_leaving(const struct http_request *request);
