/* One connection of a server, as the files that make the server up know it. */
#pragma once

#include "http/http_addresses.h"
#include "http/http_budget.h"
#include "http/http_deferral.h"

#include <stdatomic.h>

struct http_server;

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
    atomic_bool counted; /* among the active */

    struct http_holding intake, outflow; /* see http_intake.h, http_outflow.h */

    atomic_bool gone; /* its client */
    /* Beside the request, which is put back for the next one while the thread http-waits may look
     * here. NULL: nothing is to be done. */
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
