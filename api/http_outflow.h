/* The answers that clients have not taken yet, bounded in bytes over all connections: readers that
 * are slow cost a connection each, not memory without end. Small answers are not counted. */
#pragma once

#include "api/http_connections.h"

#define HTTP_OUTFLOW_SMALL_BYTES ((size_t)32 * 1024)

struct http_outflow {
    size_t most_bytes;
    atomic_size_t bytes; /* held for clients */
};

/* Counts the memory of the connection's answer as it is now, in place of what was counted of it
 * before. False if it is beyond the bound, and not a page of a size that was asked for. */
bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection);

/* The answer is over. */
void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection);

/* How large a page for the connection may be: an eighth of the room there is, but at least 16 KiB,
 * which is small even in memory that has been doubled for it. Of those who ask at the same time
 * each may be given an eighth: it is room they share with few others, the workers'. */
size_t http_outflow_page_bytes(const struct http_outflow *outflow,
                               struct http_connection *connection);
