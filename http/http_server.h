/* The HTTP server: libmicrohttpd's threads in front of a table of routes.
 *
 * A handler (request_fn) runs on an HTTP thread when the whole request has come. It answers at
 * once, or defers its request (http_deferral.h).
 */
#pragma once

#include "http/http_deferral.h"
#include "http/http_limits.h"
#include "http/http_request.h"
#include "http/router.h"

struct http_server;

struct http_server_options {
    const char *listen; /* ADDR:PORT; of a Unix socket, its path */
    int take_fd;        /* a socket that listens there already; 0: none */
    const struct router *router;
    void *context;     /* becomes each request's context */
    const char *hosts; /* names it may be called by: web_guard.h */
    bool any_host;     /* it may be called by any */
    /* Not counted in the metrics of HTTP; when its connections are all taken, the oldest that has no
     * request in work is closed for the next. For few clients that must always get in. */
    bool apart;
    struct http_limits limits;
    /* For deferred requests: how far a subject is (any thread), and how often to ask; 0: when
     * told. May be NULL if none waits for a subject. */
    int64_t (*progress)(void *context, const void *subject);
    int poll_ms;
};

MUST_CHECK enum err http_server_open(const struct http_server_options *options,
                                     struct http_server **ret_server, struct error *error);

/* Lets what is deferred go on (HTTP_WAKE_STOPPING) and refuses new requests with
 * ERR_STOPPING; when all that was begun is answered, stops listening and returns. */
void http_server_close(struct http_server *server);
AUTO_CLOSE(http_server, struct http_server, http_server_close)

/* Where it listens: "127.0.0.1:8080". */
const char *http_server_address(const struct http_server *server);

/* The routes of the server a request came to. */
const struct router *http_server_router(const struct http_request *request);

/* Hands each header line to `each`, also those that are not in http_header.def. */
void http_server_each_header(const struct http_request *request,
                             void (*each)(void *context, const char *name, const char *value),
                             void *context);

/* Bounds what of an answer may wait in the kernel for a reader that is slow. */
void http_server_bound_unsent(struct http_request *request, int bytes);

/* How large a page of the answer may be: the smaller, the more is held for clients that have not
 * taken theirs yet. A GET that has more than there is room for is answered 503 instead. */
size_t http_server_page_bytes(struct http_request *request);

/* Counts what the answer holds so far, for one that is made by another thread than the server's.
 * False if there is no room: it is dropped, and whatever is answered later becomes a 503. */
bool http_server_hold_answer(struct http_request *request);

/* The address a request came from. */
struct http_address;
const struct http_address *http_server_client(const struct http_request *request);

/* The limits of the server a request came to, without zeros. */
const struct http_limits *http_server_limits(const struct http_request *request);

/* Counts memory that is made of the request's body until the request is answered.
 * ERR_QUEUE_FULL if there is no room. On whatever thread has the request. */
MUST_CHECK enum err http_server_reserve(struct http_request *request, size_t bytes,
                                        struct error *error);

/* Cuts the request's connection within about a second, even in the middle of an answer. Any thread,
 * while the request is not finished. */
void http_server_cut(struct http_request *request);

/* libmicrohttpd's: "0.9.75" */
const char *http_server_library_version(void);
