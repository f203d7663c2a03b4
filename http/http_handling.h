/* From a complete request to its answer, whatever the HTTP library. */
#pragma once

#include "http/http_connections.h"

/* Routes the request and calls its handler, or goes on with one that was resumed. True if there is
 * an answer now (an error has become its problem details); false if it is suspended. */
bool http_handling_go_on(struct http_connection *connection);

/* One more answer of this status, for the metrics. */
void http_handling_count(struct http_server *server, int status);
