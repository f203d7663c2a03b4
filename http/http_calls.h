/* Many HTTP requests at once over kept-alive connections (libcurl), for one thread. It knows
 * nothing of what is asked or answered, and never tries anything again by itself.
 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

#include <stdint.h>

#define HTTP_CALL_HEADERS_MOST 8

/* A request. Everything is borrowed until it is done, but headers and addresses, which are copied.
 */
struct http_call_request {
    const char *method; /* "POST" */
    const char *url;
    const char *socket_path;                         /* a Unix socket to call it on, or NULL */
    const char *headers[HTTP_CALL_HEADERS_MOST + 1]; /* "Name: value", closed by NULL */
    struct slice body;
    int timeout_ms;           /* 0: 30 s */
    size_t answer_most_bytes; /* 0: 1 MiB */
    void *context;
};

/* What came back, valid during the call. */
struct http_call_answer {
    int status;          /* 0: none came */
    struct slice body;   /* "" of one that is too large */
    bool too_large;      /* it came, with more than it may have */
    const char *trouble; /* why none came; "" if one did */
    int connect_errno;   /* then: of the connection that could not be made; 0: it was made */
};

typedef void http_call_done_fn(void *context, void *request_context,
                               const struct http_call_answer *answer);

struct http_calls;

struct http_calls *http_calls_create(size_t in_flight, http_call_done_fn *done, void *context);
/* What is in flight is given back as unanswered. */
void http_calls_destroy(struct http_calls *calls);
AUTO_CLOSE(http_calls, struct http_calls, http_calls_destroy)

bool http_calls_has_room(const struct http_calls *calls);
size_t http_calls_in_flight(const struct http_calls *calls);

/* There must be room. */
void http_calls_start(struct http_calls *calls, const struct http_call_request *request);

/* Every request in flight, in no order. */
typedef void http_call_each_fn(void *context, void *request_context);
void http_calls_each(const struct http_calls *calls, http_call_each_fn *each, void *context);

/* Moves things on and calls `done`; waits at most `ms` for the network or for `also_fd` (-1: none)
 * to be readable. */
void http_calls_work(struct http_calls *calls, int also_fd, int ms);

/* One request alone: returns when `done` has been called. Needs no descriptor but the connection's.
 */
void http_calls_once(const struct http_call_request *request, http_call_done_fn *done,
                     void *context);

/* libcurl's: "7.88.1" */
const char *http_calls_library_version(void);
