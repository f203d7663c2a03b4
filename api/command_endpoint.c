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
#define LOG_READERS            (READ_WORKERS + 2) /* theirs, the feed's, and that of GET /readyz */

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
    {"POST", "/commands/{category}/{id}/{command}", command_routes_send, HTTP_JSON,
     "Send a command to an aggregate", &send_operation},
    {"POST", "/commands/{category}/{command}", command_routes_send_new, HTTP_JSON,
     "Send a command to a new aggregate; the server chooses its id", &send_new_operation},
    {"POST", "/commands", command_batch_routes_send, HTTP_JSON,
     "Send many commands, with a result for each", &send_batch_operation},
    {"GET", "/commands", catalogue_routes_commands, HTTP_JSON, "All commands", &commands_operation},
    {"POST", "/streams/{category}/{id}", append_routes_append, HTTP_JSON,
     "Append external events, as CloudEvents", &append_operation},
    {"GET", "/streams/{category}/{id}", stream_routes_events, NULL, "The events of a stream",
     &stream_operation},
    {"GET", "/streams/{category}/{id}/state", stream_routes_state, HTTP_JSON,
     "The state of an aggregate, current or earlier", &state_operation},
    {"GET", "/streams/{category}", category_routes_streams, HTTP_JSON, "The streams of a category",
     &streams_operation},
    {"GET", "/events", event_routes_events, NULL, "The log as CloudEvents: pages or a live feed",
     &events_operation},
    {"GET", "/schemas", catalogue_routes_schemas, NULL, "All event types and commands",
     &schemas_operation},
    {"GET", "/schemas/{type}", catalogue_routes_schema, NULL,
     "The schema of an event type or a command", &schema_operation},
    {"GET", "/", command_documents_index, NULL, "The list of routes", &operation_index},
    {"GET", "/openapi.json", command_documents_openapi, HTTP_JSON,
     "The OpenAPI document of this endpoint", &operation_openapi},
    {"GET", "/docs", docs_routes_page, HTTP_HTML, "The OpenAPI document in a viewer",
     &operation_docs},
    {"GET", "/docs/{file}", docs_routes_file, NULL, "A file of the viewer", NULL},
    {"GET", "/problems", problem_routes_list, NULL, "All problems", &operation_problems},
    {"GET", "/problems/{slug}", problem_routes_one, NULL,
     "The meaning of a problem, and what to do", &operation_problem},
    {"GET", "/livez", health_routes_live, HTTP_JSON, "The process runs", &operation_live},
    {"GET", "/readyz", health_routes_commands_ready, HTTP_JSON, "The endpoint is ready",
     &operation_ready},
    {"GET", "/metrics", health_routes_metrics, NULL, "Metrics for Prometheus", &operation_metrics},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* --- the endpoint ----------------------------------------------------------------------------- */

/* The log is the only subject that requests here wait for. */
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
