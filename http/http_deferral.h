/* Requests that are answered later: a handler answers at once, or defers its request and returns OK.
 *
 * A deferred request costs its connection and no thread. It goes on, on its HTTP thread and with
 * request->resume (or the handler again), when the first of these comes: somebody wakes it; its
 * subject (a read model, the log) reaches a position; its deadline; its client leaves; the server
 * closes. request->wake says which. A request whose client has left is ended without going on. In
 * the middle of an answer of unknown length, answer.more is called again instead.
 *
 * One that is `kept` has memory that another thread works on: only that thread's wake makes it go
 * on, which must come exactly once. A closing server waits for it.
 */
#pragma once

#include "http/http_request.h"

#include <pthread.h>
#include <stdatomic.h>

struct http_connection;
struct http_server;

struct http_deferral {
    const void *subject; /* goes on once it is at `awaited` or beyond */
    int64_t awaited;     /* 0: no subject */
    int64_t wait_ms;     /* since the request was first deferred; 0: no deadline */
    bool kept;
};

void http_deferral_begin(struct http_request *request, const struct http_deferral *how);

/* Does nothing to a request that is not deferred. Any thread, while the request is not finished. */
void http_deferral_wake(struct http_request *request);

/* Some subject has moved on. Any thread; costs next to nothing while nothing waits for one. */
void http_deferral_tell(struct http_server *server);

/* The server closes, or the request's client has left. */
bool http_deferral_is_over(const struct http_request *request);

/* Has those clients of the request's server noticed that have left by now. Any thread. */
void http_deferral_notice(struct http_request *request);

/* What is done once, when the request ends or its client leaves, whichever is first; any thread. */
struct http_leaving {
    void (*left)(struct http_leaving *leaving);
};
/* A request has at most one. */
void http_deferral_on_leaving(struct http_request *request, struct http_leaving *leaving);
bool http_deferral_has_leaving(const struct http_request *request);

/* --- for the server --------------------------------------------------------------------------- */

/* Of one connection. `kept` belongs to its thread, and to the one that is to wake it; the rest is
 * guarded by the mutex of http_deferrals. */
struct http_wait {
    bool kept, watched, deferred, woken;
    const void *subject;
    int64_t awaited;
};

/* The deferred requests of a server. */
struct http_deferrals {
    pthread_mutex_t mutex;
    int clients_fd, news_fd;          /* what the thread http-waits sleeps on */
    struct http_connection **waiting; /* with a subject or a deadline */
    size_t capacity;
    _Atomic size_t count; /* of them; may be read without the mutex */
    atomic_bool news;     /* since the thread last looked */
};

void http_deferrals_open(struct http_deferrals *deferrals);
void http_deferrals_close(struct http_deferrals *deferrals);

/* Does what is due; the moment at which something is due again, INT64_MAX if nothing is. */
int64_t http_deferrals_work(struct http_server *server);

/* Sleeps for so long, or until there is news, a client has left, or `also_fd` is readable. */
void http_deferrals_sleep(struct http_deferrals *deferrals, int also_fd, int64_t ms);
void http_deferrals_interrupt(struct http_deferrals *deferrals);

/* The server closes: a deferred request that is not kept goes on. */
void http_deferrals_stop(struct http_connection *connection);

/* The request ends, and the connection. */
void http_deferrals_leave(struct http_connection *connection);
void http_deferrals_forget(struct http_connection *connection);
