/* The table of routes of the command endpoint, and what stands behind it. */
#include "api/command_endpoint.h"

#include "api/command_batch_item.h"
#include "api/command_endpoint_private.h"
#include "api/command_operations.h"
#include "api/docs_routes.h"
#include "api/health_routes.h"
#include "api/problem_routes.h"
#include "api/query_endpoint.h"
#include "api/shared_operations.h"
#include "http/http_answer.h"

#define FEED_LISTENERS_DEFAULT 1500
#define LOG_READERS            (READ_WORKERS + 2) /* theirs, the feed's, and that of GET /readyz */

const struct route command_endpoint_routes[] = {
    {"POST", "/commands/{category}/{id}/{command}", command_routes_send, HTTP_JSON,
     "Send a command to an aggregate", &command_operation_send},
    {"POST", "/commands/{category}/{command}", command_routes_send_new, HTTP_JSON,
     "Send a command to a new aggregate; the server chooses its id", &command_operation_send_new},
    {"POST", "/commands", command_batch_routes_send, HTTP_JSON,
     "Send many commands, each answered for itself", &command_operation_send_batch},
    {"GET", "/commands", catalogue_routes_commands, HTTP_JSON, "The commands there are",
     &command_operation_commands},
    {"POST", "/streams/{category}/{id}", append_routes_append, HTTP_JSON,
     "Append external events, as CloudEvents", &command_operation_append},
    {"GET", "/streams/{category}/{id}", stream_routes_events, NULL, "The events of a stream",
     &command_operation_stream},
    {"GET", "/streams/{category}/{id}/state", state_routes_state, HTTP_JSON,
     "The state of an aggregate, now or as it was", &command_operation_state},
    {"GET", "/streams/{category}", category_routes_streams, HTTP_JSON, "The streams of a category",
     &command_operation_streams},
    {"GET", "/events", event_routes_events, NULL,
     "The log as CloudEvents: NDJSON, a batch, or a live feed", &command_operation_events},
    {"GET", "/schemas", catalogue_routes_schemas, NULL, "The event types and commands",
     &command_operation_schemas},
    {"GET", "/schemas/{type}", catalogue_routes_schema, NULL, "The schema of one of them",
     &command_operation_schema},
    {"GET", "/", command_documents_index, NULL, "This list, or a page to start from",
     &shared_operation_index},
    {"GET", "/openapi.json", command_documents_openapi, HTTP_JSON,
     "This endpoint as an OpenAPI document", &shared_operation_openapi},
    {"GET", "/docs", docs_routes_page, HTTP_HTML, "The OpenAPI document in a viewer",
     &shared_operation_docs},
    {"GET", "/docs/{file}", docs_routes_file, NULL, "A file of the viewer", NULL},
    {"GET", "/problems", problem_routes_list, NULL, "The kinds of problems",
     &shared_operation_problems},
    {"GET", "/problems/{slug}", problem_routes_one, NULL, "What a problem means, and what to do",
     &shared_operation_problem},
    {"GET", "/livez", health_routes_live, HTTP_JSON, "Does the process run?",
     &shared_operation_live},
    {"GET", "/readyz", command_health_ready, HTTP_JSON, "Can it do its work?",
     &shared_operation_ready},
    {"GET", "/metrics", health_routes_metrics, NULL, "Metrics for Prometheus",
     &shared_operation_metrics},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

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
    event_feed_tell(endpoint->feed);
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
    editions_init(&endpoint->editions);
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
    struct edition *edition = edition_create(catalogue, take_consumers);
    catalogue_routes_write(endpoint->options.aggregates, edition);
    command_documents_write(router_routes(endpoint->router), endpoint->options.aggregates, edition);
    editions_publish(&endpoint->editions, edition);
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
    editions_finish(&endpoint->editions);
    document_finish(&endpoint->commands);
    json_schema_destroy(endpoint->batched);
    free(endpoint);
}
