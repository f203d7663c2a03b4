/* What the handlers of the query endpoint share: the endpoint that a request came to, and the handlers
 * by file. Only api/ includes it.
 *
 * A row is read on the HTTP thread (query_routes.c); lists, named queries and exports are read on a
 * worker (read_request.h, read_export.c, read_workers.c). Both wait for Annal-Min-Position. Live
 * answers (live_routes.c) have their own threads (live.h).
 */
#pragma once

#include "api/live.h"
#include "api/query_endpoint.h"
#include "api/read_workers.h"
#include "http/http_server.h"

struct query_documents;

struct query_endpoint {
    struct query_endpoint_options options;
    struct neighbour neighbour;
    struct router *router;
    struct http_server *server;
    struct read_workers *workers;
    struct query_documents *documents;
    struct waiting_slots live_slots;
    /* Separate, so that a slow list or query does not delay a row. Lists are with the queries. */
    struct live *live_rows, *live_queries;
};

static inline struct query_endpoint *query_endpoint_of(const struct http_request *request)
{
    return request->context;
}

/* The handlers, by the file they are in. */
request_fn query_routes_row, query_routes_list, query_routes_named;
request_fn live_routes_row; /* as server-sent events */
/* The same for a list or a named query, whose read_call has been created (read_request.h). */
enum err live_routes_many(struct http_request *request, enum live_kind kind, struct error *error);
request_fn query_documents_index, query_documents_openapi;
request_fn read_catalogue_tables, read_catalogue_queries;

/* The OpenAPI document is kept until a model is served by another definition. Any thread. */
struct query_documents *query_documents_open(const struct route *routes, struct read_side *side);
void query_documents_close(struct query_documents *documents);
