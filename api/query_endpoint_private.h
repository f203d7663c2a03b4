/* What the files behind the query endpoint share. Nobody else includes it. */
#pragma once

#include "api/http_server.h"
#include "api/query_endpoint.h"

struct query_endpoint {
    struct query_endpoint_options options;
    struct router *router;
    struct http_server *server;
    struct text tables, queries; /* the bodies of GET /read and GET /query */
};

static inline struct query_endpoint *query_endpoint_of(const struct http_request *request)
{
    return request->context;
}

/* The handlers, by the file they are in. */
request_fn query_routes_row, query_routes_list, query_routes_named;
request_fn read_catalogue_tables, read_catalogue_queries;
request_fn query_health_ready;

/* Made once, at start. */
void read_catalogue_write_tables(const struct models *models, struct text *out);
void read_catalogue_write_queries(const struct models *models, struct text *out);
