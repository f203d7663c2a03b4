/* The only file of this room that knows libmicrohttpd.
 *
 * Seen with 0.9.75 and handled here: a response queued on the handler's first call closes the
 * connection, so ordinary answers are queued later; none can be queued in the middle of an upload;
 * malformed heads are repaired, so http_head.h checks them; so are malformed chunks, so a
 * connection ends after a chunked body; its time-out is one of inactivity, so deadlines are ours;
 * it aborts if it is stopped while a connection is suspended.
 */
#include "http/http_server.h"

#include "base/clock.h"
#include "http/http_answer.h"
#include "http/http_handling.h"
#include "http/http_head.h"
#include "http/http_server_private.h"
#include "http/listener_places.h"

#include <errno.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLOSE_PATIENCE_MS   10000
#define STREAM_BLOCK_BYTES  ((size_t)4 * 1024) /* each stream keeps one */

/* For a request's head and what waits to be sent. Beyond 32 KiB the library takes it from the
 * system and gives it back with the connection: only what is used of it costs memory, and a crowd
 * that has gone leaves none behind. */
#define CONNECTION_BYTES    ((size_t)36 * 1024)

/* Of those, what the head may take, with the library's record of each header, argument and cookie:
 * if nothing were left for the answer's head, the library would close without an answer. */
#define HEAD_MOST_BYTES     ((size_t)32 * 1024)
#define RECORD_BYTES        ((size_t)64)
#define OTHER_HEADERS_BYTES ((size_t)1536) /* of an answer, beside Link */

static struct http_connection *connection_of(struct http_request *request)
{
    return (struct http_connection *)request;
}

static void set_deadline(struct http_connection *connection, int64_t seconds)
{
    atomic_store_explicit(&connection->deadline_ms,
                          seconds ? clock_monotonic_ms() + seconds * 1000 : 0,
                          memory_order_relaxed);
}

/* From the first byte of a request (or the connection's start) to its last. */
static void expect_request(struct http_connection *connection)
{
    const struct http_limits *limits = &connection->server->intake.limits;
    set_deadline(connection, (int64_t)limits->idle_seconds + limits->request_seconds);
}

/* The answer, or the present piece of it, is to be taken in this time. */
static void expect_reader(struct http_connection *connection)
{
    set_deadline(connection, (int64_t)connection->server->intake.limits.request_seconds * 10);
}

/* --- answers --------------------------------------------------------------------------------- */

/* What give_piece() returns when there is no piece; 0 only of a suspended connection, for otherwise
 * it would be called again at once, and again. */
static const ssize_t no_piece[] = {
    [HTTP_MORE_END] = MHD_CONTENT_READER_END_OF_STREAM,
    [HTTP_MORE_FAILED] = MHD_CONTENT_READER_END_WITH_ERROR,
    [HTTP_MORE_SUSPENDED] = 0,
};

/* For answers of unknown length: what is there of the present piece, or of the next. */
static ssize_t give_piece(void *context, uint64_t position, char *out, size_t most)
{
    struct http_connection *connection = context;
    struct http_answer *answer = &connection->request.answer;
    (void)position;
    while (answer->sent == answer->body.length) {
        text_clear(&answer->body);
        answer->sent = 0;
        set_deadline(connection, 0);
        enum http_more more = answer->more(&connection->request, &answer->body);
        if (more != HTTP_MORE_PIECE)
            return no_piece[more];
    }
    if (answer->sent == 0 &&
        (answer->no_room || !http_outflow_hold(&connection->server->outflow, connection)))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = answer->body.length - answer->sent, given = left < most ? left : most;
    memcpy(out, answer->body.at + answer->sent, given);
    answer->sent += given;
    expect_reader(connection);
    return (ssize_t)given;
}

/* The body stays in the request, which outlives the response. To HEAD, 0.9.75 sends the last chunk
 * of a chunked body all the same, which the client would take for the next answer: so none is
 * chunked there, and the connection is closed. */
static struct MHD_Response *make_response(struct http_connection *connection)
{
    static char nothing[] = "";
    struct http_answer *answer = &connection->request.answer;
    struct MHD_Response *response =
        answer->more
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, give_piece,
                                                connection, NULL)
            : MHD_create_response_from_buffer(answer->body.length,
                                              answer->body.length ? answer->body.at : nothing,
                                              MHD_RESPMEM_PERSISTENT);
    REQUIRE(response);
    if (answer->more && strcmp(connection->request.method, "HEAD") == 0)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

/* An answer to GET can be asked for again without harm; a command's tells what was done. */
static bool hold(struct http_connection *connection)
{
    struct http_outflow *outflow = &connection->server->outflow;
    const char *method = connection->request.method;
    bool may_refuse = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (connection->request.answer.no_room)
        return false;
    return may_refuse ? http_outflow_hold(outflow, connection)
                      : http_outflow_hold_anyway(outflow, connection);
}

static void refuse_if_too_much(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    struct error error = {0};
    if (hold(connection))
        return;
    text_finish(&request->answer.body);
    error_set(
        &error, ERR_QUEUE_FULL,
        "too many large answers are being taken slowly by others; try again, or ask for less");
    http_answer_error(request, &error);
    http_outflow_end(&connection->server->outflow, connection);
}

/* The answer is there, so neither the body nor what was made of it is needed. */
static void end_intake(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    if (request->finish_body)
        request->finish_body(request);
    request->finish_body = NULL;
    http_request_drop_body(request);
    http_intake_end(&connection->server->intake, connection);
}

/* Up to an eighth of what the head has left may be taken by what was received behind it. */
static size_t room_for_link(const struct http_connection *connection)
{
    return (CONNECTION_BYTES - connection->head_bytes) / 8 * 7 - OTHER_HEADERS_BYTES;
}

static enum MHD_Result queue_answer(struct http_connection *connection)
{
    struct http_answer *answer = &connection->request.answer;
    refuse_if_too_much(connection);
    end_intake(connection);
    REQUIRE(answer->status >= 100 && answer->status < HTTP_STATUS_MOST);
    struct MHD_Response *response = make_response(connection);
    http_answer_shed_link(&connection->request, room_for_link(connection));
    if (answer->content_type)
        MHD_add_response_header(response, "Content-Type", answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->header[i].name, answer->header[i].value);
    if (answer->close || atomic_load(&connection->server->stopping))
        MHD_add_response_header(response, "Connection", "close");
    expect_reader(connection);
    http_handling_count(connection->server, answer->status);
    enum MHD_Result result =
        MHD_queue_response(connection->request.connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result queue_error(struct http_connection *connection, const struct error *error)
{
    http_answer_error(&connection->request, error);
    return queue_answer(connection);
}

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
                         "request line and headers may have about %zu bytes together",
                         HEAD_MOST_BYTES);
    return check.err ? check.err : http_head_end(&check.head, error);
}

/* What can be refused before the body is read. */
static enum err check_head(struct http_connection *connection, const char *version,
                           struct error *error)
{
    struct http_request *request = &connection->request;
    enum err err = read_head(connection, version, error);
    if (!err)
        err = http_head_check(request, version, error);
    if (!err)
        err = web_guard_check(&connection->server->guard, request, error);
    return err ? err : http_intake_begin(&connection->server->intake, connection, error);
}

/* --- handling -------------------------------------------------------------------------------- */

/* The whole request has come, or it was resumed; MHD_NO closes the connection. */
static enum MHD_Result go_on(struct http_connection *connection)
{
    set_deadline(connection, 0);
    if (connection->request.wake == HTTP_WAKE_GONE ||
        !http_intake_complete(&connection->server->intake, connection))
        return MHD_NO;
    return http_handling_go_on(connection) ? queue_answer(connection) : MHD_YES;
}

/* Without the library, which may have no memory left for an answer. All before it are sent. */
static enum MHD_Result send_error(struct http_connection *connection, const struct error *error)
{
    struct http_answer *answer = &connection->request.answer;
    AUTO(text) struct text all = {0};
    http_answer_error(&connection->request, error);
    text_printf(&all,
                "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: %s\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                answer->status, MHD_get_reason_phrase_for((unsigned)answer->status),
                answer->content_type, answer->body.length, answer->body.at);
    http_handling_count(connection->server, answer->status);
    (void)!send(connection->fd, all.at, all.length, MSG_NOSIGNAL);
    return MHD_NO;
}

/* Refused before its body: closes the connection, for the body may still be coming. After a chunked
 * body it is closed too: the library repairs the framing of chunks, so nothing behind them may be
 * taken for a request. */
static enum MHD_Result begin(struct http_connection *connection, const char *method,
                             const char *version)
{
    struct error error = {0};
    connection->begun = true;
    connection->request.method = method;
    enum err err = check_head(connection, version, &error);
    if (err == ERR_HEAD_TOO_LARGE)
        return send_error(connection, &error);
    connection->unread = err != OK;
    connection->request.answer.close =
        err || http_request_header(&connection->request, HTTP_TRANSFER_ENCODING);
    return err ? queue_error(connection, &error) : MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
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
    return err == ERR_TOO_SLOW ? MHD_NO : send_error(connection, &error);
}

static struct http_connection *connection_in(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* Keeps the library from making parameters of the query, which we read from our copy: each takes of
 * the connection's memory, and when a few hundred have taken it all, the library closes without an
 * answer. It parses its buffer in place, as far as the first NUL. */
static void drop_query(const char *target)
{
    char *query = strchr(target, '?');
    if (query)
        query[1] = '\0';
}

/* The request line has come: the only time its target is to be had as it was sent. */
static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    (void)context;
    struct http_connection *connection = connection_in(mhd);
    http_request_set_target(&connection->request, target);
    connection->target = target;
    connection->target_end = target + strlen(target);
    drop_query(target);
    connection->unread = true; /* until its head is accepted: the library may refuse it too */
    set_deadline(connection, connection->server->intake.limits.request_seconds);
    return connection;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)mhd, (void)why;
    struct http_server *server = context;
    struct http_connection *connection = *request;
    if (!connection)
        return;
    end_intake(connection);
    if (connection->request.finish)
        connection->request.finish(&connection->request);
    listener_places_give_back(&connection->request);
    struct MHD_Connection *kept = connection->request.connection;
    http_request_reset(&connection->request);
    connection->request.connection = kept;
    http_outflow_end(&server->outflow, connection);
    connection->begun = false;
    expect_request(connection);
    if (connection->counted)
        http_connections_end_request(server->connections);
    connection->counted = false;
}

/* --- connections ----------------------------------------------------------------------------- */

/* One that its address has no place for is closed before anything of it is read. */
static void take_place(struct http_server *server, struct http_connection *connection)
{
    const struct sockaddr *client =
        MHD_get_connection_info(connection->request.connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
            ->client_addr;
    connection->has_place = http_addresses_take(&server->addresses, client, &connection->address);
    if (connection->has_place)
        return;
    metric_add(server->refused_connections, 1);
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
    take_place(server, connection);
    connection->intake.address = connection->outflow.address = connection->address;
    expect_request(connection);
    http_connections_add(server->connections, connection);
    metric_add(server->open_connections, 1);
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
    if (connection->unread) /* the library closes the socket after this */
        http_connections_linger(server->connections, connection->fd);
    http_connections_remove(server->connections, connection);
    if (connection->has_place)
        http_addresses_give_back(&server->addresses, &connection->address);
    metric_add(server->open_connections, -1);
    http_request_finish(&connection->request);
    free(connection);
}

/* --- suspension ------------------------------------------------------------------------------ */

void http_server_suspend(struct http_request *request)
{
    request->suspended = true;
    MHD_suspend_connection(request->connection);
}

void http_server_resume(struct http_request *request)
{
    MHD_resume_connection(request->connection);
}

static void resume_connection(struct http_connection *connection)
{
    http_server_resume(&connection->request);
}

void http_server_park(struct http_request *request, const void *subject, int64_t awaited,
                      int64_t wait_ms)
{
    struct http_connection *connection = connection_of(request);
    if (!request->wait_deadline_ms)
        request->wait_deadline_ms = clock_monotonic_ms() + wait_ms;
    http_server_suspend(request);
    http_connections_park(connection->server->connections, connection, subject, awaited);
}

void http_server_tell(struct http_server *server)
{
    http_connections_tell(server->connections);
}

void http_server_rest(struct http_request *request)
{
    struct http_connection *connection = connection_of(request);
    http_server_suspend(request);
    http_connections_rest(connection->server->connections, connection);
}

void http_server_wake(struct http_request *request)
{
    struct http_connection *connection = connection_of(request);
    http_connections_wake(connection->server->connections, connection);
}

bool http_server_is_over(const struct http_request *request)
{
    const struct http_connection *connection = (const struct http_connection *)request;
    return atomic_load(&connection->gone) || atomic_load(&connection->server->stopping);
}

void http_server_notice_gone(struct http_request *request)
{
    http_connections_notice(connection_of(request)->server->connections);
}

/* --- slow readers ---------------------------------------------------------------------------- */

void http_server_bound_unsent(struct http_request *request, int bytes)
{
    /* If it fails the bound is the kernel's. */
    (void)setsockopt(connection_of(request)->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

size_t http_server_page_bytes(struct http_request *request)
{
    struct http_connection *connection = connection_of(request);
    return http_outflow_page_bytes(&connection->server->outflow, connection);
}

bool http_server_hold_answer(struct http_request *request)
{
    struct http_connection *connection = connection_of(request);
    struct http_outflow *outflow = &connection->server->outflow;
    if (!request->answer.no_room && http_outflow_hold(outflow, connection))
        return true;
    request->answer.no_room = true;
    text_finish(&request->answer.body);
    http_outflow_end(outflow, connection);
    return false;
}

/* The thread http-waits finds a deadline that is long over. */
void http_server_cut(struct http_request *request)
{
    atomic_store_explicit(&connection_of(request)->deadline_ms, 1, memory_order_relaxed);
}

/* --- what handlers ask ------------------------------------------------------------------------ */

const struct router *http_server_router(const struct http_request *request)
{
    return ((const struct http_connection *)request)->server->options.router;
}

const struct http_address *http_server_client(const struct http_request *request)
{
    return &((const struct http_connection *)request)->address;
}

const struct http_limits *http_server_limits(const struct http_request *request)
{
    return &((const struct http_connection *)request)->server->intake.limits;
}

enum err http_server_reserve(struct http_request *request, size_t bytes, struct error *error)
{
    struct http_connection *connection = connection_of(request);
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

/* --- once a second ------------------------------------------------------------------------- */

/* A body that comes too slowly is answered, and the connection cut when it is over another time. */
static bool is_over(struct http_connection *connection, int64_t now_ms)
{
    int64_t deadline_ms = atomic_load_explicit(&connection->deadline_ms, memory_order_relaxed);
    bool over = deadline_ms && now_ms >= deadline_ms;
    if (!over && !http_intake_is_slow(&connection->server->intake, connection, now_ms))
        return false;
    return !http_intake_answer_slow(connection) && over;
}

static void look(void *server_, int64_t now_ms)
{
    struct http_server *server = server_;
    http_budget_look(&server->intake.budget, now_ms);
    http_budget_look(&server->outflow.budget, now_ms);
}

static int64_t progress(void *server_, const void *subject)
{
    const struct http_server *server = server_;
    return server->options.progress(server->options.context, subject);
}

/* --- the server ------------------------------------------------------------------------------ */

static enum err start_daemon(struct http_server *server, struct error *error)
{
    const struct http_limits *limits = &server->intake.limits;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
        on_request, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, limits->threads, MHD_OPTION_CONNECTION_LIMIT,
        limits->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_END);
    if (server->daemon)
        server->listen_fd = -1; /* the daemon's, who closes it */
    return server->daemon ? OK
                          : error_set(error, ERR_IO, "start the HTTP server on %s: %s",
                                      server->address, strerror(errno));
}

enum err http_server_open(const struct http_server_options *options,
                          struct http_server **ret_server, struct error *error)
{
    AUTO(http_server) struct http_server *server = calloc(1, sizeof *server);
    REQUIRE(server);
    server->options = *options;
    http_intake_init(&server->intake, &options->limits);
    http_outflow_init(&server->outflow, server->intake.limits.answers_in_flight_bytes);
    server->listen_fd = -1;
    server->open_connections = metric_series(METRIC_HTTP_CONNECTIONS, "");
    server->refused_connections = metric_series(METRIC_HTTP_CONNECTIONS_REFUSED, "");
    http_addresses_init(&server->addresses, server->intake.limits.connections_per_address);
    enum err err = listen_open(options->listen, &server->listen_fd, server->address, error);
    if (err)
        return err;
    web_guard_init(&server->guard, server->address, options->hosts);
    server->connections = http_connections_open(&(struct http_connections_options){
        .resume = resume_connection,
        .is_over = is_over,
        .look = look,
        .progress = progress,
        .context = server,
        .poll_ms = options->poll_ms,
        .linger_bytes = 2 * server->intake.limits.body_bytes,
    });
    err = start_daemon(server, error);
    if (err)
        return err;
    *ret_server = server;
    server = NULL;
    return OK;
}

/* MHD_quiesce_daemon() would stop listening first, but aborts now and then when several threads
 * share the socket (0.9.75: "Failed to remove listen FD from epoll set"). So whoever connects
 * meanwhile is told that the server is shutting down. */
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
    http_connections_close(server->connections);
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
