/* The answers that clients have not taken yet, bounded in bytes over all connections: a reader that
 * is slow costs a connection, not memory without end. Small answers are not counted. */
#pragma once

#include "http/http_connection.h"

#define HTTP_OUTFLOW_SMALL_BYTES ((size_t)32 * 1024)

struct http_outflow {
    struct http_budget budget;
};

void http_outflow_init(struct http_outflow *outflow, size_t most_bytes, bool apart);
void http_outflow_finish(struct http_outflow *outflow);

/* Counts the memory of the connection's answer as it is now, in place of what was counted of it
 * before; others that are stalled are cut if need be. False if there is no room for it, and then
 * the answer is to be dropped. */
MUST_CHECK bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection);

/* The same for an answer that must be sent, since it tells what was done: others are cut. False if
 * this connection has been cut itself. */
MUST_CHECK bool http_outflow_hold_anyway(struct http_outflow *outflow,
                                         struct http_connection *connection);

/* The answer is over. */
void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection);

/* How large a page for the connection may be: a quarter of the room there is, but at least 16 KiB,
 * which is small even in memory that has been doubled for it. */
size_t http_outflow_page_bytes(struct http_outflow *outflow, struct http_connection *connection);
