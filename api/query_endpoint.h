/* The query endpoint: HTTP over the read models. GET /read, /query, health. */
#pragma once

#include "http/http_limits.h"
#include "http/router.h"
#include "read_model/query/read_side.h"

struct query_endpoint;

extern const struct route query_endpoint_routes[];

struct query_endpoint_options {
    const char *listen; /* ADDR:PORT; port 0 chooses a free one */
    struct read_side *side;
    const char *commands_address; /* ADDR:PORT of the command endpoint; NULL: not known */
    const char *hosts;            /* names that Host may have (web_guard.h) */
    struct http_limits limits;    /* zeros: defaults */
    unsigned live_listeners;      /* at most this many at once; 0: 1000 */
};

MUST_CHECK enum err query_endpoint_open(const struct query_endpoint_options *options,
                                        struct query_endpoint **ret_endpoint, struct error *error);
const char *query_endpoint_address(const struct query_endpoint *endpoint);
/* Stops listening; answers waiting connections with 503 shutting-down. */
void query_endpoint_close(struct query_endpoint *endpoint);
AUTO_CLOSE(query_endpoint, struct query_endpoint, query_endpoint_close)
