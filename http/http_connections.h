/* All open connections of a server, and its thread "http-waits": it cuts connections whose deadline
 * is over, lets deferred requests go on (http_deferral.h), and reads from connections that linger
 * (http_lingering.h). So a waiting or slow client costs its slot and no thread. */
#pragma once

#include "http/http_connection.h"

struct http_connections;

struct http_connections *http_connections_open(struct http_server *server);
void http_connections_close(struct http_connections *connections);
AUTO_CLOSE(http_connections, struct http_connections, http_connections_close)

void http_connections_add(struct http_connections *connections, struct http_connection *added);

/* The caller is about to close the socket, whose sending side is shut down. If the connection is
 * marked `unread`, it lingers. */
void http_connections_remove(struct http_connections *connections, struct http_connection *removed);

/* A request is being answered, and no longer. */
void http_connections_begin_request(struct http_connections *connections);
void http_connections_end_request(struct http_connections *connections);

/* The server is stopping: lets all that is deferred go on, now and from now on, and returns when no
 * request is being answered any more. After `patience_ms` the connections' sockets are shut down,
 * so that only requests that are kept can still hold it up. */
void http_connections_drain(struct http_connections *connections, int64_t patience_ms);
