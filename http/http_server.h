/* The HTTP server: libmicrohttpd's threads in front of a table of routes.
 *
 * Reading order: router.h (routes), http_request.h (a request and its answer), http_answer.h (how a
 * handler answers), http_deferral.h and waiting.h (answers that come later), event_stream.h (answers
 * that do not end). Header fields: media_type.h, header_value.h, idempotency_key.h;
 * traces: telemetry/trace_context.h.
 * Bodies: json_body.h. Errors: problem.h. How a server works inside: http_connection.h. The control
 * socket of a role is control.h; the client for HTTP requests of our own is http_calls.h.
 *
 * A handler (request_fn) runs on an HTTP thread when the request is complete. It answers at once, or
 * defers its request.
 */
#pragma once

#include "http/http_deferral.h"
#include "http/http_limits.h"
#include "http/http_request.h"
#include "http/router.h"

struct http_server;

struct http_server_options {
    const char *listen; /* ADDR:PORT; of a Unix socket, its path */
    int take_fd;        /* a socket that already listens there; 0: none */
    const struct router *router;
    void *context;     /* becomes each request's context */
    const char *hosts; /* names it may be called by: web_guard.h */
    bool any_host;     /* it may be called by any */
    bool for_operator; /* problems name the server's files */
    /* Not counted in the HTTP metrics; when all its connections are in use, the oldest one without an
     * active request is closed for the next. For few clients that must always be able to connect. */
    bool apart;
    struct http_limits limits;
    /* For deferred requests: the position of a subject (any thread), and how often to read it; 0: only
     * after http_deferral_notify(). `progress` may be NULL if no request waits for a subject. */
    int64_t (*progress)(void *context, const void *subject);
    int poll_ms;
};

MUST_CHECK enum err http_server_open(const struct http_server_options *options,
                                     struct http_server **ret_server, struct error *error);

/* Resumes deferred requests (HTTP_WAKE_STOPPING) and rejects new ones with ERR_STOPPING; when all
 * requests have been answered, stops listening and returns. */
void http_server_close(struct http_server *server);
AUTO_CLOSE(http_server, struct http_server, http_server_close)

/* Where it listens: "127.0.0.1:8080". */
const char *http_server_address(const struct http_server *server);

/* The routes of the server a request came to. */
const struct router *http_server_router(const struct http_request *request);

/* Calls `each` for each header line, also for those that are not in http_header.def. */
void http_server_each_header(const struct http_request *request,
                             void (*each)(void *context, const char *name, const char *value),
                             void *context);

/* Bounds how many bytes of an answer may wait in the kernel for a slow reader. */
void http_server_bound_unsent(struct http_request *request, int bytes);

/* How large a page of the answer may be: the more memory holds answers that clients have not yet received,
 * the smaller. A GET whose answer does not fit is answered 503 instead. */
size_t http_server_page_bytes(struct http_request *request);

/* Counts the memory of the answer so far, for an answer that another thread than the server's makes.
 * False if it does not fit: it is dropped, and any later answer becomes a 503. */
bool http_server_hold_answer(struct http_request *request);

/* The address a request came from. */
struct http_address;
const struct http_address *http_server_client(const struct http_request *request);

/* The limits of the server a request came to, without zeros. */
const struct http_limits *http_server_limits(const struct http_request *request);

/* Counts memory that is made of the request's body until the request is answered.
 * ERR_QUEUE_FULL if it does not fit. On the thread that has the request. */
MUST_CHECK enum err http_server_reserve(struct http_request *request, size_t bytes,
                                        struct error *error);

/* Cuts the request's connection within about a second, even in the middle of an answer. Any thread, until
 * the request is finished. */
void http_server_cut(struct http_request *request);

/* libmicrohttpd's: "0.9.75" */
const char *http_server_library_version(void);
