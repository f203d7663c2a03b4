/* A server, as the files that make it up know it. Nobody else includes this.
 *
 * http_server.c: the daemon, connections    http_exchange.c: a request, up to its handler
 * http_answering.c: its answer    http_intake.c, http_outflow.c: memory of bodies and answers
 * http_connections.c: deadlines, the thread http-waits    http_deferral.c: what is answered later
 */
#pragma once

#include "http/http_addresses.h"
#include "http/http_answer.h"
#include "http/http_connections.h"
#include "http/http_intake.h"
#include "http/http_outflow.h"
#include "http/http_server.h"
#include "http/web_guard.h"
#include "telemetry/metrics.h"

#include <microhttpd.h>

/* Of a connection: for a request's head and what waits to be sent. Beyond 32 KiB the library takes
 * it from the system and gives it back with the connection: only what is used of it costs memory,
 * and a crowd that has gone leaves none behind. */
#define HTTP_CONNECTION_BYTES ((size_t)36 * 1024)

struct http_server {
    struct http_server_options options;
    struct web_guard guard;
    struct http_intake intake;
    struct http_outflow outflow;
    struct http_addresses addresses;
    struct http_connections *connections;
    struct http_deferrals deferrals;
    struct http_answer_counts counts;
    struct MHD_Daemon *daemon;
    int listen_fd;
    char address[LISTEN_ADDRESS_BYTES];
    atomic_bool stopping;
    struct metric_series *open_connections, *refused_connections;
};

/* One more answer of this status. */
static inline void http_server_count(struct http_server *server, int status)
{
    if (!server->options.apart)
        http_answer_count(&server->counts, status);
}

/* 0: none. */
void http_server_set_deadline(struct http_connection *connection, int64_t seconds);
/* From the first byte of a request (or the connection's start) to its last. */
void http_server_expect_request(struct http_connection *connection);

/* What libmicrohttpd calls. */
enum MHD_Result http_exchange_on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version, const char *piece,
                                         size_t *piece_bytes, void **request);
void *http_exchange_on_target(void *context, const char *target, struct MHD_Connection *mhd);
void http_exchange_on_completed(void *context, struct MHD_Connection *mhd, void **request,
                                enum MHD_RequestTerminationCode why);

/* Sends the request's answer; an error instead; an error without the library's help, which then
 * must close the connection. */
enum MHD_Result http_answering_queue(struct http_connection *connection);
enum MHD_Result http_answering_error(struct http_connection *connection, const struct error *error);
enum MHD_Result http_answering_send(struct http_connection *connection, const struct error *error);
/* There is an answer, so neither the body nor what was made of it is needed. */
void http_answering_end_intake(struct http_connection *connection);
