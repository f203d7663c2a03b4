/* The HTTP client: many requests at once over kept-alive connections (libcurl), for one thread. It does
 * not interpret requests or answers, and never retries.
 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

#include <stdint.h>

#define HTTP_CALL_HEADERS_MOST 8

/* A request. Headers and addresses are copied; everything else is borrowed until the request is done.
 */
struct http_call_request {
    const char *method;      /* "POST" */
    const char *url;         /* over a Unix socket: the path and query alone */
    const char *socket_path; /* of a Unix socket to connect to, or NULL */
    const char *headers[HTTP_CALL_HEADERS_MOST + 1]; /* "Name: value", ends with NULL */
    struct slice body;
    int timeout_ms;           /* 0: 30 s */
    size_t answer_most_bytes; /* 0: 1 MiB */
    void *context;
};

/* The answer, valid during the callback, in which its request still counts as in flight. */
struct http_call_answer {
    int status;          /* 0: no answer */
    struct slice body;   /* "" if it is too large */
    bool too_large;      /* it has more than answer_most_bytes */
    const char *trouble; /* why there is no answer; else "" */
    int connect_errno;   /* then: why the connection failed; 0: it was established */
};

typedef void http_call_done_fn(void *context, void *request_context,
                               const struct http_call_answer *answer);

struct http_calls;

struct http_calls *http_calls_create(size_t in_flight, http_call_done_fn *done, void *context);
/* Calls `done` for requests in flight, as unanswered. */
void http_calls_destroy(struct http_calls *calls);
AUTO_CLOSE(http_calls, struct http_calls, http_calls_destroy)

bool http_calls_has_room(const struct http_calls *calls);
size_t http_calls_in_flight(const struct http_calls *calls);

/* http_calls_has_room() must be true. */
void http_calls_start(struct http_calls *calls, const struct http_call_request *request);

/* Every request in flight, in no order. */
typedef void http_call_each_fn(void *context, void *request_context);
void http_calls_each(const struct http_calls *calls, http_call_each_fn *each, void *context);

/* Sends, receives and calls `done`; waits at most `ms` for the network or for `also_fd` (-1: none) to
 * become readable. */
void http_calls_work(struct http_calls *calls, int also_fd, int ms);

/* A single request: returns after `done` has been called. Needs no descriptor besides the connection's.
 */
void http_calls_once(const struct http_call_request *request, http_call_done_fn *done,
                     void *context);

/* libcurl's: "7.88.1" */
const char *http_calls_library_version(void);
