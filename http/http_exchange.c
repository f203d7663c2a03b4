/* One request after another on a connection: its head is checked, its route found, its body read, its
 * handler called.
 *
 * Observed with libmicrohttpd 0.9.75 and handled here: a response queued in the handler's first call
 * closes the connection, so ordinary answers are queued later; none can be queued in the middle of an
 * upload; the library repairs malformed heads, so http_head.h checks them; it repairs malformed
 * chunks, so a connection ends after a chunked body.
 */
#include "http/http_connection.h"
#include "http/http_head.h"

/* How much of the connection's memory the head may use, with the library's record of each header,
 * argument and cookie. If no memory were left for the head of the answer, the library would close
 * the connection without an answer. */
#define HEAD_MOST_BYTES ((size_t)32 * 1024)
#define RECORD_BYTES    ((size_t)64)

/* --- the head -------------------------------------------------------------------------------- */

struct head_check {
    struct http_head head;
    struct http_request *request;
    size_t bytes; /* of the connection's memory */
    enum err err;
    struct error *error;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_bytes, const char *value, size_t value_bytes)
{
    struct head_check *check = context;
    check->bytes += RECORD_BYTES;
    if (kind == MHD_COOKIE_KIND)
        check->bytes += name_bytes + value_bytes; /* a copy */
    if (kind != MHD_HEADER_KIND || check->err)
        return MHD_YES;
    check->err = http_head_take(&check->head, (struct slice){name, name_bytes},
                                (struct slice){value, value_bytes}, check->error);
    if (!check->err)
        check->err = http_request_add_header(check->request, name, value, check->error);
    return MHD_YES;
}

static enum err read_head(struct http_connection *connection, const char *version,
                          struct error *error)
{
    struct http_request *request = &connection->request;
    struct MHD_Connection *mhd = request->connection;
    struct http_head_line line = {request->method, connection->target, connection->target_end,
                                  version};
    struct head_check check = {.request = request, .error = error};
    enum MHD_ValueKind kinds = MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND;
    check.bytes =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    check.err = http_head_begin(&check.head, &line, check.bytes, error);
    MHD_get_connection_values_n(mhd, kinds, take_header, &check);
    connection->head_bytes = check.bytes;
    if (check.bytes > HEAD_MOST_BYTES)
        return error_set(error, ERR_HEAD_TOO_LARGE,
                         "the request line and headers together are larger than about %zu bytes",
                         HEAD_MOST_BYTES);
    return check.err ? check.err : http_head_end(&check.head, error);
}

static enum err check_head(struct http_connection *connection, const char *version,
                           struct error *error)
{
    struct http_request *request = &connection->request;
    enum err err = read_head(connection, version, error);
    if (!err)
        err = http_head_check(request, version, error);
    return err ? err : web_guard_check(&connection->server->guard, request, error);
}

/* Rejects what can be rejected before the body is read. After a request whose route rejects it, the
 * connection can be kept if the body is small: the answer is made now, and sent after the body, which
 * is discarded. */
static enum err admit(struct http_connection *connection, const char *version, struct error *error)
{
    struct http_server *server = connection->server;
    enum err err = check_head(connection, version, error);
    if (!err)
        err = http_intake_reserve_target(&server->intake, connection, error);
    if (err)
        return err;
    err = router_match(server->options.router, &connection->request, error);
    if (err && !http_intake_may_discard(&server->intake, connection))
        return err;
    if (err)
        http_answer_error(&connection->request, error);
    connection->rejected = err != OK;
    return http_intake_begin(&server->intake, connection, error);
}

/* --- handling -------------------------------------------------------------------------------- */

/* Counts the request among the active ones, for which a closing server waits; false if the server is
 * closing. The request is counted before the check, so that a closing server misses none. */
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
    if (connection->rejected)
        return OK;
    enum err err = first ? http_intake_check(&connection->server->intake, connection, error) : OK;
    if (err)
        return err;
    return request->resume ? request->resume(request, error)
                           : request->route->handler(request, error);
}

/* The request is complete, or it was resumed. MHD_NO closes the connection. */
static enum MHD_Result go_on(struct http_connection *connection)
{
    http_connection_set_deadline(connection, 0);
    if (connection->request.wake == HTTP_WAKE_GONE ||
        !http_intake_complete(&connection->server->intake, connection))
        return MHD_NO;
    struct error error = {0};
    connection->request.suspended = false;
    if (handle(connection, &error) != OK)
        return http_outflow_queue_error(connection, &error);
    return connection->request.suspended ? MHD_YES : http_outflow_queue(connection);
}

/* Closes the connection after a request that is rejected before its body, because the body may still be
 * arriving; also after a chunked body: the library repairs the framing of chunks, so bytes after them
 * must not be read as a request. */
static enum MHD_Result begin(struct http_connection *connection, const char *method,
                             const char *version)
{
    struct error error = {0};
    connection->begun = true;
    connection->request.method = method;
    enum err err = admit(connection, version, &error);
    if (err == ERR_HEAD_TOO_LARGE)
        return http_outflow_send_error(connection, &error);
    connection->unread = err != OK;
    connection->request.answer.close =
        err || http_request_header(&connection->request, HTTP_TRANSFER_ENCODING);
    return err ? http_outflow_queue_error(connection, &error) : MHD_YES;
}

enum MHD_Result http_exchange_on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                         const char *method, const char *version, const char *piece,
                                         size_t *piece_bytes, void **request)
{
    (void)context, (void)mhd, (void)url;
    struct http_connection *connection = *request;
    struct error error = {0};
    if (!connection->begun)
        return begin(connection, method, version);
    if (*piece_bytes == 0)
        return go_on(connection);
    size_t bytes = *piece_bytes;
    *piece_bytes = 0;
    enum err err = http_intake_take(&connection->server->intake, connection, piece, bytes, &error);
    connection->unread = err != OK;
    if (!err)
        return MHD_YES;
    return err == ERR_TOO_SLOW ? MHD_NO : http_outflow_send_error(connection, &error);
}

/* Prevents the library from parsing the query, which query_string.c reads from our copy: each parameter
 * uses some of the connection's memory, and when a few hundred have used it up, the library closes
 * the connection without an answer. It parses its buffer in place, up to the first NUL. */
static void drop_query(const char *target)
{
    char *query = strchr(target, '?');
    if (query)
        query[1] = '\0';
}

/* The request line has arrived. Only now is its target available as it was sent. */
void *http_exchange_on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    (void)context;
    struct http_connection *connection =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    http_request_set_target(&connection->request, target);
    connection->target = target;
    connection->target_end = target + strlen(target);
    drop_query(target);
    connection->unread = true; /* until its head is accepted: the library may reject it too */
    http_connection_set_deadline(connection, connection->server->intake.limits.request_seconds);
    return connection;
}

void http_exchange_on_completed(void *context, struct MHD_Connection *mhd, void **request,
                                enum MHD_RequestTerminationCode why)
{
    (void)mhd, (void)why;
    struct http_server *server = context;
    struct http_connection *connection = *request;
    if (!connection)
        return;
    http_outflow_end_intake(connection);
    if (connection->request.finish)
        connection->request.finish(&connection->request);
    http_deferrals_leave(connection);
    struct MHD_Connection *kept = connection->request.connection;
    http_request_reset(&connection->request);
    connection->request.connection = kept;
    http_outflow_end(&server->outflow, connection);
    connection->begun = false;
    http_connection_expect_request(connection);
    if (connection->counted)
        http_connections_end_request(server->connections);
    connection->counted = false;
}
