/* A connection, the server it belongs to, and the parts of a server that work on them. Only the files
 * listed here include it.
 *
 * A connection that libmicrohttpd accepts enters http_server.c, which counts it by address
 * (http_addresses.c) and adds it to http_connections.c. The bytes of a request go through
 * http_exchange.c: its head is checked (http_head.c), its body is taken in (http_intake.c), its
 * route is called (router.c). An answer leaves through http_outflow.c. A request that is answered
 * later waits in http_deferral.c. Bodies and answers are bounded by http_budget.c.
 *
 * Threads: libmicrohttpd's, each with its connections; and "http-waits" (http_connections.c).
 */
#pragma once

#include "base/clock.h"
#include "http/http_addresses.h"
#include "http/http_answer.h"
#include "http/http_budget.h"
#include "http/http_server.h"
#include "http/listen.h"
#include "http/web_guard.h"

#include <microhttpd.h>
#include <pthread.h>

/* A connection's memory for the head of a request and for bytes that wait to be sent. Above 32 KiB
 * the library allocates it with mmap() and unmaps it with the connection: only the pages that are
 * used cost memory, and they are returned when a crowd of clients has left. */
#define HTTP_CONNECTION_BYTES ((size_t)36 * 1024)

/* --- state ------------------------------------------------------------------------------------ */

/* Guarded by the mutex of http_deferrals, except `kept`: that belongs to the connection's thread, and
 * to the one that must wake it. */
struct http_wait {
    bool kept, watched, deferred, woken;
    const void *subject;
    int64_t awaited;
};

struct http_connection {
    struct http_request request; /* first, so that either pointer gives the other */
    struct http_server *server;
    int fd;
    bool is_counted_by_address;
    struct http_address address;
    _Atomic int64_t deadline_ms; /* monotonic; 0: none */

    const char *target, *target_end; /* in the library's buffer; see http_head.h */
    size_t head_bytes; /* of the connection's memory that the head takes; 0: not known */
    bool unread;       /* bytes of a request may arrive that the server does not read */

    /* Of the body that is being received. */
    bool begun;
    _Atomic int64_t body_begun_ms; /* 0: no body is coming */
    atomic_size_t received_bytes;
    size_t reserved_bytes; /* for what is made of it */
    bool rejected;         /* the answer exists; the body is read and discarded */
    enum err body_error;
    atomic_bool counted; /* among the active requests */

    struct http_holding intake, outflow; /* of the budgets of the same name */

    atomic_bool gone; /* its client has left */
    /* Kept beside the request, which is reset for the next one while the thread http-waits may look
     * here. NULL: no callback. */
    _Atomic(struct http_leaving *) leaving;
    struct http_wait wait;

    /* Guarded by http_connections.c. */
    struct http_connection *next, *previous;
    bool evicted;
};

static inline struct http_connection *http_connection_of(const struct http_request *request)
{
    return (struct http_connection *)request;
}

/* `seconds` 0: no deadline. Deadlines are ours: libmicrohttpd 0.9.75 only limits inactivity. */
static inline void http_connection_set_deadline(struct http_connection *connection, int64_t seconds)
{
    atomic_store_explicit(&connection->deadline_ms,
                          seconds ? clock_monotonic_ms() + seconds * 1000 : 0,
                          memory_order_relaxed);
}

struct http_intake {
    struct http_limits limits; /* no zeros */
    struct http_budget budget;
};

struct http_outflow {
    struct http_budget budget;
};

struct http_deferrals {
    pthread_mutex_t mutex;
    int clients_fd, news_fd; /* both wake the thread http-waits */
    struct {
        struct http_connection **at;
        _Atomic size_t count; /* may be read without the mutex */
        size_t capacity;
    } waiting;        /* with a subject or a deadline */
    atomic_bool news; /* since the thread last looked */
};

struct http_server {
    struct http_server_options options;
    struct web_guard guard;
    struct http_intake intake;
    struct http_outflow outflow;
    struct http_addresses addresses;
    struct http_connections *connections;
    struct http_deferrals deferrals;
    struct http_answer_counts counts, *counted; /* `counted` points to it, or is NULL */
    struct MHD_Daemon *daemon;
    int listen_fd;
    char address[LISTEN_ADDRESS_BYTES];
    atomic_bool stopping;
    struct metric_series *open_connections, *refused_connections; /* NULL: not counted */
};

/* From the first byte of a request (or the start of the connection) to its last. */
static inline void http_connection_expect_request(struct http_connection *connection)
{
    const struct http_limits *limits = &connection->server->intake.limits;
    http_connection_set_deadline(connection,
                                 (int64_t)limits->idle_seconds + limits->request_seconds);
}

/* --- http_exchange.c: one request after another; libmicrohttpd's callbacks -------------------- */

enum MHD_Result http_exchange_on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version, const char *piece,
                                         size_t *piece_bytes, void **request);
void *http_exchange_on_target(void *context, const char *target, struct MHD_Connection *mhd);
void http_exchange_on_completed(void *context, struct MHD_Connection *mhd, void **request,
                                enum MHD_RequestTerminationCode why);

/* --- http_intake.c: bodies ----------------------------------------------------------------------
 *
 * Two bounds: one for each body, and one for all bodies in flight together with what is made of
 * them. Memory is counted when it is allocated, never when it is announced. */

/* Replaces zeros by the defaults. `apart`: without metrics. */
void http_intake_init(struct http_intake *intake, const struct http_limits *limits, bool apart);
void http_intake_finish(struct http_intake *intake);

/* Counts the copies of a long target. ERR_QUEUE_FULL if they do not fit the budget. */
MUST_CHECK enum err http_intake_reserve_target(struct http_intake *intake,
                                               struct http_connection *connection,
                                               struct error *error);

/* True if the request announces no body, or a small one that the client sends without waiting for a
 * response. */
bool http_intake_may_discard(const struct http_intake *intake,
                             const struct http_connection *connection);

/* The request is accepted, so its body may arrive. ERR_TOO_LARGE if its announced length is over the limit.
 */
MUST_CHECK enum err http_intake_begin(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* A piece of the body. A body that does not fit the budget is read to its end and dropped, so that the
 * request can be answered. ERR_TOO_LARGE: over the limit; the caller answers and closes the connection.
 * ERR_TOO_SLOW without a text: it has been answered 408. */
MUST_CHECK enum err http_intake_take(struct http_intake *intake, struct http_connection *connection,
                                     const char *piece, size_t bytes, struct error *error);

/* The request is complete; from now on only the caller answers it, and neither the rate of its body
 * nor the need of others for its memory ends it. False if it has been answered 408: the caller closes
 * the connection. */
MUST_CHECK bool http_intake_complete(struct http_intake *intake,
                                     struct http_connection *connection);

/* ERR_QUEUE_FULL if the body of a complete request did not fit the budget. */
MUST_CHECK enum err http_intake_check(struct http_intake *intake,
                                      struct http_connection *connection, struct error *error);

/* Counts `bytes` that are made of the body, until http_intake_end(). ERR_QUEUE_FULL. */
MUST_CHECK enum err http_intake_reserve(struct http_intake *intake,
                                        struct http_connection *connection, size_t bytes,
                                        struct error *error);

/* Neither the body nor what was made of it is needed any longer. */
void http_intake_end(struct http_intake *intake, struct http_connection *connection);

/* True if a body arrives more slowly than the limit. Any thread. */
bool http_intake_is_slow(const struct http_intake *intake, const struct http_connection *connection,
                         int64_t now_ms);

/* If a body is being received, answers 408, shuts down the sending side, gives the client a few
 * seconds to close, and returns true. Otherwise does nothing. Any thread. */
bool http_intake_answer_slow(struct http_connection *connection);

/* --- http_outflow.c: answers --------------------------------------------------------------------
 *
 * From an answer as plain values (http_answer.h) to what libmicrohttpd sends. The answers that
 * clients have not yet received are bounded in bytes over all connections, so that a slow reader
 * costs a connection and no unbounded memory. Small answers are not counted. */

void http_outflow_init(struct http_outflow *outflow, size_t most_bytes, bool apart);
void http_outflow_finish(struct http_outflow *outflow);

/* Sends the request's answer. */
enum MHD_Result http_outflow_queue(struct http_connection *connection);
/* Sends an error instead. */
enum MHD_Result http_outflow_queue_error(struct http_connection *connection,
                                         const struct error *error);
/* Writes an error to the socket without the library, which then must close the connection. */
enum MHD_Result http_outflow_send_error(struct http_connection *connection,
                                        const struct error *error);
/* The answer exists, so the body and what was made of it are freed. */
void http_outflow_end_intake(struct http_connection *connection);

/* Counts the memory of the connection's answer as it is now, in place of what was counted before; cuts
 * other, stalled connections if necessary. False if it does not fit: the caller drops the answer. */
MUST_CHECK bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection);

/* The answer is over. */
void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection);

/* How large a page for the connection may be: a quarter of what is free, but at least 16 KiB, which
 * counts as small even in memory that has doubled while it grew. */
size_t http_outflow_page_bytes(struct http_outflow *outflow, struct http_connection *connection);

/* --- http_connections.c: the registry of open connections, and the thread http-waits ------------
 *
 * The thread cuts connections whose deadline has passed, resumes deferred requests (http_deferral.c)
 * and reads from connections that linger (http_lingering.h). So a waiting or slow client costs a slot
 * and no thread. */

struct http_connections *http_connections_open(struct http_server *server);
void http_connections_close(struct http_connections *connections);
AUTO_CLOSE(http_connections, struct http_connections, http_connections_close)

void http_connections_add(struct http_connections *connections, struct http_connection *added);

/* Before the caller closes the socket, whose sending side is shut down. If the connection is marked
 * `unread`, it lingers. */
void http_connections_remove(struct http_connections *connections, struct http_connection *removed);

/* A request begins and ends to be answered. */
void http_connections_begin_request(struct http_connections *connections);
void http_connections_end_request(struct http_connections *connections);

/* The server stops: resumes all deferred requests, also those deferred from now on, and returns when no
 * request is being answered. After `patience_ms` it shuts the sockets down, so that only requests that
 * are kept can delay it further. */
void http_connections_drain(struct http_connections *connections, int64_t patience_ms);

/* --- http_deferral.c: requests that are answered later (http_deferral.h) ---------------------- */

void http_deferrals_open(struct http_deferrals *deferrals);
void http_deferrals_close(struct http_deferrals *deferrals);

/* Resumes what is due; returns when something is due again, INT64_MAX if nothing is. */
int64_t http_deferrals_work(struct http_server *server);

/* Sleeps for `ms`, or until there is news, a client leaves, or `also_fd` is readable. */
void http_deferrals_sleep(struct http_deferrals *deferrals, int also_fd, int64_t ms);
void http_deferrals_interrupt(struct http_deferrals *deferrals);

/* The server stops: a deferred request that is not kept is resumed. */
void http_deferrals_stop(struct http_connection *connection);

/* The request ends; the connection ends. */
void http_deferrals_leave(struct http_connection *connection);
void http_deferrals_forget(struct http_connection *connection);
