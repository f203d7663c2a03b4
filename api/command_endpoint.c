/* The command endpoint: its routes, and how it opens, renews its catalogue view and closes. */
#include "api/command_endpoint.h"

#include "api/command_batch_item.h"
#include "api/command_context.h"
#include "api/docs_routes.h"
#include "api/health_routes.h"
#include "api/openapi_expand.h"
#include "api/problem_routes.h"
#include "api/query_endpoint.h"
#include "http/http_answer.h"

#define FEED_LISTENERS_DEFAULT 1500
#define LOG_READERS            (READ_WORKERS + 2) /* of the workers, of the feed and of GET /readyz */

/* --- the routes, and what the documents say about each ---------------------------------------- */

#define WRITE_HEADERS          "Match NoneMatchWrite IdempotencyKey Correlation Causation Traceparent"
#define PROBLEMS_LOG           (PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(INVALID_ID))

static const struct operation send_operation = {
    .tag = "commands",
    .parameters = WRITE_HEADERS,
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE,
    .expand = openapi_command_expand,
};
static const struct operation send_new_operation = {
    .tag = "commands",
    .parameters = WRITE_HEADERS,
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE,
    .expand = openapi_command_expand_new,
};
static const struct operation send_batch_operation = {
    .id = "commands.send",
    .tag = "commands",
    .parameters = "Correlation Causation Traceparent",
    .body = "Commands",
    .answers = "200:CommandAnswers",
    .problems = PROBLEMS_ASKED | PROBLEMS_JSON | PROBLEM(CROSS_ORIGIN),
};
static const struct operation append_operation = {
    .id = "append",
    .tag = "streams",
    .parameters = "OwnCategory " WRITE_HEADERS,
    .body = "CloudEvents",
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE | PROBLEM(NOT_FOUND),
};
static const struct operation stream_operation = {
    .id = "stream.events",
    .tag = "streams",
    .parameters = "From Limit Cursor Direction NoneMatch Traceparent",
    .answers = "200:StreamEvents 304:NotModified",
    .problems = PROBLEMS_LOG | PROBLEM(NO_STREAM) | PROBLEM(INVALID_CURSOR),
};
static const struct operation state_operation = {
    .id = "stream.state",
    .tag = "streams",
    .parameters = "Version At NoneMatch Traceparent",
    .answers = "200:State 304:NotModified",
    .problems = PROBLEMS_LOG | PROBLEM(NOT_FOUND) | PROBLEM(NO_STREAM) | PROBLEM(POISON),
};
static const struct operation streams_operation = {
    .id = "streams",
    .tag = "streams",
    .parameters = "Limit Cursor Traceparent",
    .answers = "200:Streams",
    .problems = PROBLEMS_LOG | PROBLEM(INVALID_CURSOR),
};
static const struct operation events_operation = {
    .id = "events",
    .tag = "streams",
    .parameters = "After Limit Cursor TypePattern OfCategory Prefer LastEventId Traceparent",
    .answers = "200:EventLog",
    .problems = PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(INVALID_CURSOR),
    .expand = openapi_event_expand,
};
static const struct operation commands_operation = {
    .id = "commands",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Commands 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
static const struct operation schemas_operation = {
    .id = "schemas",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Schemas 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
static const struct operation schema_operation = {
    .id = "schema",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Schema 304:NotModified",
    .problems = PROBLEMS_ASKED | PROBLEM(NOT_FOUND) | PROBLEM(INVALID_ID),
};

const struct route command_endpoint_routes[] = {
    {.method = "POST",
     .pattern = "/commands/{category}/{id}/{command}",
     .handler = command_routes_send,
     .produces = HTTP_JSON,
     .summary = "Send a command to an aggregate",
     .operation = &send_operation},
    {.method = "POST",
     .pattern = "/commands/{category}/{command}",
     .handler = command_routes_send_new,
     .produces = HTTP_JSON,
     .summary = "Send a command to a new aggregate; the server chooses its id",
     .operation = &send_new_operation},
    {.method = "POST",
     .pattern = "/commands",
     .handler = command_batch_routes_send,
     .produces = HTTP_JSON,
     .summary = "Send many commands, with a result for each",
     .operation = &send_batch_operation},
    {.method = "GET",
     .pattern = "/commands",
     .handler = catalogue_routes_commands,
     .produces = HTTP_JSON,
     .summary = "All commands",
     .operation = &commands_operation},
    {.method = "POST",
     .pattern = "/streams/{category}/{id}",
     .handler = append_routes_append,
     .produces = HTTP_JSON,
     .summary = "Append external events, as CloudEvents",
     .operation = &append_operation},
    {.method = "GET",
     .pattern = "/streams/{category}/{id}",
     .handler = stream_routes_events,
     .summary = "The events of a stream",
     .operation = &stream_operation},
    {.method = "GET",
     .pattern = "/streams/{category}/{id}/state",
     .handler = stream_routes_state,
     .produces = HTTP_JSON,
     .summary = "The state of an aggregate, current or earlier",
     .operation = &state_operation},
    {.method = "GET",
     .pattern = "/streams/{category}",
     .handler = category_routes_streams,
     .produces = HTTP_JSON,
     .summary = "The streams of a category",
     .operation = &streams_operation},
    {.method = "GET",
     .pattern = "/events",
     .handler = event_routes_events,
     .summary = "The log as CloudEvents: pages or a live feed",
     .operation = &events_operation},
    {.method = "GET",
     .pattern = "/schemas",
     .handler = catalogue_routes_schemas,
     .summary = "All event types and commands",
     .operation = &schemas_operation},
    {.method = "GET",
     .pattern = "/schemas/{type}",
     .handler = catalogue_routes_schema,
     .summary = "The schema of an event type or a command",
     .operation = &schema_operation},
    {.method = "GET",
     .pattern = "/",
     .handler = command_documents_index,
     .summary = "The list of routes",
     .operation = &operation_index},
    {.method = "GET",
     .pattern = "/openapi.json",
     .handler = command_documents_openapi,
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
     .handler = health_routes_commands_ready,
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

/* The requests of this endpoint wait only for the log. */
static int64_t log_progress(void *context, const void *subject)
{
    const struct command_endpoint *endpoint = context;
    (void)subject;
    return command_desk_head(endpoint->options.desk);
}

static void on_append(void *context, int64_t head)
{
    struct command_endpoint *endpoint = context;
    struct http_server *server = atomic_load(&endpoint->server);
    (void)head;
    event_feed_notify(endpoint->feed);
    if (server)
        http_deferral_notify(server);
}

/* Each command is validated, so each must have a schema. */
static enum err check_schemas(const struct aggregate *const *aggregates,
                              const struct catalogue *catalogue, struct error *error)
{
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++)
            if (!catalogue_command(catalogue, aggregates[i]->category, kind->name))
                return error_set(
                    error, ERR_DEFINITION, "the command %s %s has no schema commands/%s.%s.json",
                    aggregates[i]->category, kind->name, aggregates[i]->category, kind->name);
    return OK;
}

enum err command_endpoint_open(const struct command_endpoint_options *options,
                               struct command_endpoint **ret_endpoint, struct error *error)
{
    AUTO(log_readers) struct log_readers *readers = NULL;
    enum err err = check_schemas(options->aggregates, options->catalogue, error);
    if (!err)
        err = log_readers_open(options->log_url, LOG_READERS, &readers, error);
    if (err)
        return err;
    AUTO(command_endpoint) struct command_endpoint *endpoint = calloc(1, sizeof *endpoint);
    REQUIRE(endpoint);
    endpoint->options = *options;
    endpoint->neighbour = (struct neighbour){.name = "query endpoint",
                                             .address = options->queries_address,
                                             .routes = query_endpoint_routes};
    endpoint->readers = readers;
    readers = NULL;
    endpoint->workers = read_workers_open(NULL, NULL);
    waiting_init_slots(&endpoint->slots, options->feed_listeners, FEED_LISTENERS_DEFAULT,
                       "feed-listeners", METRIC_FEED_LISTENERS);
    endpoint->feed =
        event_feed_open(endpoint->readers, endpoint->workers, options->desk, &endpoint->slots);
    endpoint->router = router_create(command_endpoint_routes, &endpoint->neighbour);
    catalogue_routes_write_commands(options->aggregates, &endpoint->commands);
    endpoint->batched = batch_item_schema();
    catalogue_views_init(&endpoint->views);
    command_endpoint_renew(endpoint, options->catalogue, options->take_consumers);
    command_desk_on_append(options->desk, on_append, endpoint);
    struct http_server *server;
    err = http_server_open(&(struct http_server_options){.listen = options->listen,
                                                         .router = endpoint->router,
                                                         .context = endpoint,
                                                         .hosts = options->hosts,
                                                         .limits = options->limits,
                                                         .progress = log_progress},
                           &server, error);
    if (err)
        return err;
    atomic_store(&endpoint->server, server);
    *ret_endpoint = endpoint;
    endpoint = NULL;
    return OK;
}

void command_endpoint_renew(struct command_endpoint *endpoint, const struct catalogue *catalogue,
                            struct consumers *take_consumers)
{
    struct catalogue_view *view = catalogue_view_create(catalogue, take_consumers);
    catalogue_routes_write(endpoint->options.aggregates, view);
    command_documents_write(router_routes(endpoint->router), endpoint->options.aggregates, view);
    catalogue_views_publish(&endpoint->views, view);
    atomic_store(&endpoint->stale, false);
}

void command_endpoint_keep(struct command_endpoint *endpoint)
{
    atomic_store(&endpoint->stale, true);
}

const char *command_endpoint_address(const struct command_endpoint *endpoint)
{
    return http_server_address(endpoint->server);
}

void command_endpoint_close(struct command_endpoint *endpoint)
{
    if (!endpoint)
        return;
    command_desk_forget(endpoint->options.desk, endpoint);
    http_server_close(endpoint->server);
    event_feed_close(endpoint->feed);
    read_workers_close(endpoint->workers);
    router_destroy(endpoint->router);
    log_readers_close(endpoint->readers);
    catalogue_views_finish(&endpoint->views);
    document_finish(&endpoint->commands);
    json_schema_destroy(endpoint->batched);
    free(endpoint);
}
