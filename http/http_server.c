/* The daemon, its connections, and what handlers request from their server. libmicrohttpd 0.9.75
 * aborts if it is stopped while a connection is suspended, so http_connections_drain() runs first.
 */
#include "http/http_connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLOSE_PATIENCE_MS 10000

/* --- connections ----------------------------------------------------------------------------- */

static void count(struct metric_series *series, int64_t by)
{
    if (series) /* NULL: the server is apart */
        metric_add(series, by);
}

/* A connection beyond its address's limit is closed before anything of it is read. */
static void count_by_address(struct http_server *server, struct http_connection *connection)
{
    const struct sockaddr *client =
        MHD_get_connection_info(connection->request.connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
            ->client_addr;
    connection->is_counted_by_address =
        http_addresses_take(&server->addresses, client, &connection->address);
    if (connection->is_counted_by_address)
        return;
    count(server->refused_connections, 1);
    shutdown(connection->fd, SHUT_RDWR);
}

static void start_connection(struct http_server *server, struct MHD_Connection *mhd,
                             void **socket_context)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    REQUIRE(connection);
    connection->server = server;
    connection->request.context = server->options.context;
    connection->request.connection = mhd;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    count_by_address(server, connection);
    connection->intake.address = connection->outflow.address = connection->address;
    http_connection_expect_request(connection);
    http_connections_add(server->connections, connection);
    count(server->open_connections, 1);
    *socket_context = connection;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        start_connection(server, mhd, socket_context);
        return;
    }
    struct http_connection *connection = *socket_context;
    http_connections_remove(server->connections, connection);
    if (connection->is_counted_by_address)
        http_addresses_give_back(&server->addresses, &connection->address);
    count(server->open_connections, -1);
    http_request_finish(&connection->request);
    free(connection);
}

/* --- slow readers ---------------------------------------------------------------------------- */

void http_server_bound_unsent(struct http_request *request, int bytes)
{
    /* If this fails, the kernel's default stays. */
    (void)setsockopt(http_connection_of(request)->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

size_t http_server_page_bytes(struct http_request *request)
{
    struct http_connection *connection = http_connection_of(request);
    return http_outflow_page_bytes(&connection->server->outflow, connection);
}

bool http_server_hold_answer(struct http_request *request)
{
    struct http_connection *connection = http_connection_of(request);
    struct http_outflow *outflow = &connection->server->outflow;
    if (!request->answer.no_room && http_outflow_hold(outflow, connection))
        return true;
    request->answer.no_room = true;
    text_finish(&request->answer.body);
    http_outflow_end(outflow, connection);
    return false;
}

/* The thread http-waits then finds a deadline that has passed. */
void http_server_cut(struct http_request *request)
{
    atomic_store_explicit(&http_connection_of(request)->deadline_ms, 1, memory_order_relaxed);
}

/* --- for handlers ----------------------------------------------------------------------------- */

const struct router *http_server_router(const struct http_request *request)
{
    return http_connection_of(request)->server->options.router;
}

const struct http_address *http_server_client(const struct http_request *request)
{
    return &http_connection_of(request)->address;
}

const struct http_limits *http_server_limits(const struct http_request *request)
{
    return &http_connection_of(request)->server->intake.limits;
}

enum err http_server_reserve(struct http_request *request, size_t bytes, struct error *error)
{
    struct http_connection *connection = http_connection_of(request);
    return http_intake_reserve(&connection->server->intake, connection, bytes, error);
}

struct header_visit {
    void (*each)(void *context, const char *name, const char *value);
    void *context;
};

static enum MHD_Result visit_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    const struct header_visit *visit = context;
    (void)kind;
    visit->each(visit->context, name, value);
    return MHD_YES;
}

void http_server_each_header(const struct http_request *request,
                             void (*each)(void *context, const char *name, const char *value),
                             void *context)
{
    struct header_visit visit = {each, context};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, visit_header, &visit);
}

/* --- the server ------------------------------------------------------------------------------ */

static enum err start_daemon(struct http_server *server, struct error *error)
{
    const struct http_limits *limits = &server->intake.limits;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
        http_exchange_on_request, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, limits->threads, MHD_OPTION_CONNECTION_LIMIT,
        limits->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds, MHD_OPTION_URI_LOG_CALLBACK,
        http_exchange_on_target, server, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    if (server->daemon)
        server->listen_fd = -1; /* the daemon closes it */
    return server->daemon ? OK
                          : error_set(error, ERR_IO, "start the HTTP server on %s: %s",
                                      server->options.listen, strerror(errno));
}

enum err http_server_open(const struct http_server_options *options,
                          struct http_server **ret_server, struct error *error)
{
    enum err err = web_guard_check_names(options->hosts, error);
    if (err)
        return err;
    AUTO(http_server) struct http_server *server = calloc(1, sizeof *server);
    REQUIRE(server);
    server->options = *options;
    server->counted = options->apart ? NULL : &server->counts;
    http_intake_init(&server->intake, &options->limits, options->apart);
    http_outflow_init(&server->outflow, server->intake.limits.answers_in_flight_bytes,
                      options->apart);
    server->listen_fd = options->take_fd ? options->take_fd : -1;
    if (!options->apart) {
        server->open_connections = metric_series(METRIC_HTTP_CONNECTIONS, "");
        server->refused_connections = metric_series(METRIC_HTTP_CONNECTIONS_REFUSED, "");
    }
    http_addresses_init(&server->addresses, server->intake.limits.connections_per_address);
    if (!options->take_fd)
        err = listen_open_tcp(options->listen, &server->listen_fd, server->address, error);
    if (err)
        return err;
    web_guard_init(&server->guard, server->address, options->hosts);
    server->guard.any_name |= options->any_host;
    http_deferrals_open(&server->deferrals);
    server->connections = http_connections_open(server);
    err = start_daemon(server, error);
    if (err)
        return err;
    *ret_server = server;
    server = NULL;
    return OK;
}

/* MHD_quiesce_daemon() would stop listening first, but sometimes aborts when several threads share the
 * socket (0.9.75: "Failed to remove listen FD from epoll set"). So a client that connects meanwhile
 * is answered that the server is shutting down. */
static void stop_daemon(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    http_connections_drain(server->connections, CLOSE_PATIENCE_MS);
    MHD_stop_daemon(server->daemon);
}

void http_server_close(struct http_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        stop_daemon(server);
    if (server->connections) {
        http_connections_close(server->connections);
        http_deferrals_close(&server->deferrals);
    }
    http_addresses_finish(&server->addresses);
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    http_intake_finish(&server->intake);
    http_outflow_finish(&server->outflow);
    free(server);
}

const char *http_server_address(const struct http_server *server)
{
    return server->address;
}

const char *http_server_library_version(void)
{
    return MHD_get_version();
}
