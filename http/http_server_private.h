/* A server, as the files that make it up know it. Nobody else includes this. */
#pragma once

#include "http/http_addresses.h"
#include "http/http_connections.h"
#include "http/http_intake.h"
#include "http/http_outflow.h"
#include "http/http_server.h"
#include "http/web_guard.h"
#include "telemetry/metrics.h"

#define HTTP_STATUS_MOST 600

struct MHD_Daemon;

struct http_server {
    struct http_server_options options;
    struct web_guard guard;
    struct http_intake intake;
    struct http_outflow outflow;
    struct http_addresses addresses;
    struct http_connections *connections;
    struct MHD_Daemon *daemon;
    int listen_fd;
    char address[LISTEN_ADDRESS_BYTES];
    atomic_bool stopping;
    struct metric_series *open_connections, *refused_connections;
    _Atomic(struct metric_series *) by_status[HTTP_STATUS_MOST];
};
