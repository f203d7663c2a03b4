/* The query endpoint: its routes, and how it opens and closes. */
#include "api/query_endpoint.h"

#include "api/command_endpoint.h"
#include "api/docs_routes.h"
#include "api/health_routes.h"
#include "api/openapi_expand.h"
#include "api/problem_routes.h"
#include "api/query_context.h"
#include "http/http_answer.h"

#define LIVE_ANSWER_BYTES_DEFAULT ((size_t)256 * 1024)
#define LIVE_LISTENERS_DEFAULT    1000

#define POLL_MS                   5 /* between two looks at a read model that a request waits for */

/* --- the routes, and what the documents say about each ---------------------------------------- */

static const struct operation row_operation = {
    .tag = "rows",
    .parameters = "NoneMatch MinPosition Prefer Traceparent",
    .answers = "304:RowNotModified",
    .problems = PROBLEMS_MODEL | PROBLEM(INVALID_ID),
    .expand = openapi_table_expand_row,
};
static const struct operation list_operation = {
    .tag = "rows",
    .parameters = "Limit Cursor Count MinPosition Prefer Traceparent",
    .answers = "",
    .problems = PROBLEMS_MODEL | PROBLEM(INVALID_CURSOR) | PROBLEM(RESULT_TOO_LARGE) |
                PROBLEM(QUERY_TIMEOUT),
    .expand = openapi_table_expand_list,
};
static const struct operation named_operation = {
    .tag = "rows",
    .parameters = "MinPosition Prefer Traceparent",
    .answers = "",
    .problems = PROBLEMS_MODEL | PROBLEM(RESULT_TOO_LARGE) | PROBLEM(QUERY_TIMEOUT),
    .expand = openapi_query_expand,
};
static const struct operation tables_operation = {
    .id = "tables",
    .tag = "documents",
    .answers = "200:Tables",
    .problems = PROBLEMS_ASKED,
};
static const struct operation queries_operation = {
    .id = "queries",
    .tag = "documents",
    .answers = "200:Queries",
    .problems = PROBLEMS_ASKED,
};

const struct route query_endpoint_routes[] = {
    {.method = "GET",
     .pattern = "/read/{table}/{key...}",
     .handler = query_routes_row,
     .summary = "One row by its key",
     .operation = &row_operation},
    {.method = "GET",
     .pattern = "/read/{table}",
     .handler = query_routes_list,
     .summary = "Rows: filters, sort, fields, pages",
     .operation = &list_operation},
    {.method = "GET",
     .pattern = "/read",
     .handler = read_catalogue_tables,
     .produces = HTTP_JSON,
     .summary = "All tables",
     .operation = &tables_operation},
    {.method = "GET",
     .pattern = "/query/{name}",
     .handler = query_routes_named,
     .summary = "The rows of a named query",
     .operation = &named_operation},
    {.method = "GET",
     .pattern = "/query",
     .handler = read_catalogue_queries,
     .produces = HTTP_JSON,
     .summary = "All named queries",
     .operation = &queries_operation},
    {.method = "GET",
     .pattern = "/",
     .handler = query_documents_index,
     .summary = "The list of routes",
     .operation = &operation_index},
    {.method = "GET",
     .pattern = "/openapi.json",
     .handler = query_documents_openapi,
     .produces = HTTP_JSON,
     .summary = "The OpenAPI document of this endpoint",
     .operation = &operation_openapi},
    {.method = "GET",
     .pattern = "/docs",
     .handler = docs_routes_page,
     .produces = HTTP_HTML,
     .summary = "The OpenAPI document in a viewer",
     .operation = &operation_docs},
    {.method = "GET",
     .pattern = "/docs/{file}",
     .handler = docs_routes_file,
     .summary = "A file of the viewer"},
    {.method = "GET",
     .pattern = "/problems",
     .handler = problem_routes_list,
     .summary = "All problems",
     .operation = &operation_problems},
    {.method = "GET",
     .pattern = "/problems/{slug}",
     .handler = problem_routes_one,
     .summary = "The meaning of a problem, and what to do",
     .operation = &operation_problem},
    {.method = "GET",
     .pattern = "/livez",
     .handler = health_routes_live,
     .produces = HTTP_JSON,
     .summary = "The process runs",
     .operation = &operation_live},
    {.method = "GET",
     .pattern = "/readyz",
     .handler = health_routes_queries_ready,
     .produces = HTTP_JSON,
     .summary = "The endpoint is ready",
     .operation = &operation_ready},
    {.method = "GET",
     .pattern = "/metrics",
     .handler = health_routes_metrics,
     .summary = "Metrics for Prometheus",
     .operation = &operation_metrics},
    {0},
};

/* --- the endpoint ----------------------------------------------------------------------------- */

/* Requests wait for models. A model that cannot be read counts as one that does not advance. */
static int64_t model_progress(void *context, const void *subject)
{
    const struct query_endpoint *endpoint = context;
    int64_t position = 0;
    enum err err = read_side_position(endpoint->options.side, subject, &position, NULL);
    return err ? 0 : position;
}

/* A model that is not built yet is opened when it is first read. */
static void open_models(void *side)
{
    const struct models *models = read_side_models(side);
    int64_t position;
    for (size_t i = 0; i < models_count(models); i++)
        (void)!read_side_position(side, models_at(models, i), &position, NULL);
}

enum err query_endpoint_open(const struct query_endpoint_options *options,
                             struct query_endpoint **ret_endpoint, struct error *error)
{
    AUTO(query_endpoint) struct query_endpoint *endpoint = calloc(1, sizeof *endpoint);
    size_t live_bytes = options->limits.live_answer_bytes ? options->limits.live_answer_bytes
                                                          : LIVE_ANSWER_BYTES_DEFAULT;
    REQUIRE(endpoint);
    endpoint->options = *options;
    endpoint->neighbour = (struct neighbour){.name = "command endpoint",
                                             .address = options->commands_address,
                                             .routes = command_endpoint_routes};
    endpoint->router = router_create(query_endpoint_routes, &endpoint->neighbour);
    endpoint->workers = read_workers_open(open_models, options->side);
    endpoint->documents = query_documents_open(query_endpoint_routes, options->side);
    waiting_init_slots(&endpoint->live_slots, options->live_listeners, LIVE_LISTENERS_DEFAULT,
                       "live-listeners", METRIC_LIVE_LISTENERS);
    endpoint->live_rows = live_open("live-rows", options->side, &endpoint->live_slots, live_bytes);
    endpoint->live_queries =
        live_open("live-queries", options->side, &endpoint->live_slots, live_bytes);
    enum err err = http_server_open(&(struct http_server_options){.listen = options->listen,
                                                                  .router = endpoint->router,
                                                                  .context = endpoint,
                                                                  .hosts = options->hosts,
                                                                  .limits = options->limits,
                                                                  .progress = model_progress,
                                                                  .poll_ms = POLL_MS},
                                    &endpoint->server, error);
    if (err)
        return err;
    *ret_endpoint = endpoint;
    endpoint = NULL;
    return OK;
}

const char *query_endpoint_address(const struct query_endpoint *endpoint)
{
    return http_server_address(endpoint->server);
}

void query_endpoint_close(struct query_endpoint *endpoint)
{
    if (!endpoint)
        return;
    http_server_close(endpoint->server);
    live_close(endpoint->live_rows);
    live_close(endpoint->live_queries);
    read_workers_close(endpoint->workers);
    query_documents_close(endpoint->documents);
    router_destroy(endpoint->router);
    free(endpoint);
}
