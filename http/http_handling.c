/* A request is let in, routed and handled; while the server closes, none is let in any more. */
#include "http/http_handling.h"

#include "http/http_answer.h"
#include "http/http_server_private.h"

static enum err route_request(struct http_connection *connection, struct error *error)
{
    struct http_server *server = connection->server;
    enum err err = http_intake_check(&server->intake, connection, error);
    if (!err)
        err = router_match(server->options.router, &connection->request, error);
    return err;
}

/* Counts the request among the active, for which a closing server waits. It is counted before the
 * server is seen not to be closing, so that none is missed; false if it is closing. */
static bool enter(struct http_connection *connection)
{
    struct http_connections *connections = connection->server->connections;
    http_connections_begin_request(connections);
    connection->counted = !atomic_load(&connection->server->stopping);
    if (!connection->counted)
        http_connections_end_request(connections);
    return connection->counted;
}

static enum err handle(struct http_connection *connection, struct error *error)
{
    struct http_request *request = &connection->request;
    bool first = !connection->counted;
    if (first ? !enter(connection) : request->wake == HTTP_WAKE_STOPPING)
        return error_set(error, ERR_STOPPING, "this server is shutting down; try again");
    enum err err = first ? route_request(connection, error) : OK;
    if (err)
        return err;
    return request->resume ? request->resume(request, error)
                           : request->route->handler(request, error);
}

bool http_handling_go_on(struct http_connection *connection)
{
    struct error error = {0};
    connection->request.suspended = false;
    if (handle(connection, &error) == OK)
        return !connection->request.suspended;
    http_answer_error(&connection->request, &error);
    return true;
}

void http_handling_count(struct http_server *server, int status)
{
    struct metric_series *series = atomic_load(&server->by_status[status]);
    if (!series) {
        AUTO(text) struct text label = {0};
        text_add_int(&label, status);
        series = metric_series(METRIC_HTTP_REQUESTS, label.at);
        atomic_store(&server->by_status[status], series);
    }
    metric_add(series, 1);
}
