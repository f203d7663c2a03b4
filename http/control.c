/* The listener half of the control socket: one libmicrohttpd daemon with one thread on the Unix
 * socket, and one more on TCP if metrics are wanted there. Requests are small and from operators,
 * so nothing here is tuned but its bounds.
 */
#include "http/control.h"

#include "base/json.h"
#include "http/control_path.h"
#include "http/control_slots.h"
#include "http/listen.h"
#include "http/problem.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BODY_MOST_BYTES  ((size_t)64 * 1024)
#define CONNECTIONS_MOST (2 * CONTROL_SLOTS) /* with those that are being closed */
#define IDLE_SECONDS     10

struct control {
    struct control_options options;
    struct MHD_Daemon *socket_daemon, *tcp_daemon;
    struct control_slots socket_slots, tcp_slots;
    char *path;
};

static enum MHD_Result send_text(struct MHD_Connection *connection, int status,
                                 const char *media_type, struct text *body)
{
    size_t length = body->length;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, text_take(body), MHD_RESPMEM_MUST_FREE);
    REQUIRE(response);
    MHD_add_response_header(response, "Content-Type", media_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_problem(struct MHD_Connection *connection, const struct error *error)
{
    AUTO(text) struct text body = {0};
    problem_write(&(struct problem){.error = error, .current_version = -1}, &body);
    return send_text(connection, error_http_status(error->code), "application/problem+json", &body);
}

static enum MHD_Result run_action(struct control *control, struct MHD_Connection *connection,
                                  control_action_fn *action, const json_t *body)
{
    struct error error = {0};
    AUTO(json) json_t *answer = NULL;
    if (action(control->options.context, body, &answer, &error) != OK)
        return send_problem(connection, &error);
    AUTO(text) struct text text = {0};
    if (answer)
        json_write(answer, &text);
    else
        text_add(&text, "{}");
    return send_text(connection, 200, "application/json", &text);
}

static enum err always_ready(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    (void)context, (void)body, (void)error;
    *ret_answer = json_pack("{s:s}", "status", "ready");
    return OK;
}

static enum MHD_Result send_metrics(struct MHD_Connection *connection)
{
    AUTO(text) struct text text = {0};
    metrics_write(&text);
    return send_text(connection, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}

/* What every role serves, on the socket and on TCP. False if the path is something else. */
static bool answer_built_in(struct control *control, struct MHD_Connection *connection,
                            const char *method, const char *path, enum MHD_Result *result)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return false;
    if (strcmp(path, "/metrics") == 0) {
        *result = send_metrics(connection);
    } else if (strcmp(path, "/livez") == 0) {
        AUTO(text) struct text text = {0};
        text_add(&text, "{\"status\":\"alive\"}");
        *result = send_text(connection, 200, "application/json", &text);
    } else if (strcmp(path, "/readyz") == 0) {
        control_action_fn *ready = control->options.ready ? control->options.ready : always_ready;
        *result = run_action(control, connection, ready, NULL);
    } else {
        return false;
    }
    return true;
}

static enum MHD_Result answer_route(struct control *control, struct MHD_Connection *connection,
                                    const char *method, const char *path, struct slice body)
{
    struct error error = {0};
    const struct control_route *route = control->options.routes;
    while (route && route->method &&
           (strcmp(route->method, method) != 0 || strcmp(route->path, path) != 0))
        route++;
    if (!route || !route->method) {
        error_set(&error, ERR_NOT_FOUND, "the role %s has no %s %s", control->options.role, method,
                  path);
        return send_problem(connection, &error);
    }
    AUTO(json) json_t *json = NULL;
    if (body.length > 0 && json_read(body, &json, &error) != OK)
        return send_problem(connection, &error);
    return run_action(control, connection, route->action, json);
}

static enum MHD_Result refuse_body(struct MHD_Connection *connection)
{
    struct error error = {0};
    error_set(&error, ERR_TOO_LARGE, "a control request has at most %zu bytes", BODY_MOST_BYTES);
    return send_problem(connection, &error);
}

/* Called for the headers, for each piece of the body, and once more at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *piece, size_t *piece_bytes, void **request)
{
    (void)version;
    struct control *control = context;
    struct text *body = *request;
    if (!body) {
        *request = calloc(1, sizeof *body);
        REQUIRE(*request);
        return MHD_YES;
    }
    if (*piece_bytes > 0) {
        if (body->length <= BODY_MOST_BYTES)
            text_add_bytes(body, piece, *piece_bytes);
        *piece_bytes = 0;
        return MHD_YES;
    }
    if (body->length > BODY_MOST_BYTES)
        return refuse_body(connection);
    enum MHD_Result result;
    if (answer_built_in(control, connection, method, path, &result))
        return result;
    return answer_route(control, connection, method, path, text_slice(body));
}

/* On TCP there is nothing but the built-in pages. */
static enum MHD_Result on_tcp_request(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *piece, size_t *piece_bytes, void **request)
{
    (void)version, (void)piece, (void)request;
    enum MHD_Result result;
    if (*piece_bytes > 0) {
        *piece_bytes = 0;
        return MHD_YES;
    }
    if (answer_built_in(context, connection, method, path, &result))
        return result;
    struct error error = {0};
    error_set(&error, ERR_NOT_FOUND, "here are only GET /livez, /readyz and /metrics");
    return send_problem(connection, &error);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)context, (void)connection, (void)why;
    struct text *body = *request;
    if (body)
        text_finish(body);
    free(body);
    *request = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **unused,
                          enum MHD_ConnectionNotificationCode what)
{
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    (void)unused;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        control_slots_add(context, fd);
    else
        control_slots_remove(context, fd);
}

/* A socket file that nobody listens on any more may be replaced; a living one may not. */
static enum err remove_dead_socket(const struct sockaddr_un *address, struct error *error)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return error_set(error, ERR_IO, "socket: %s", strerror(errno));
    int why = connect(probe, (const struct sockaddr *)address, sizeof *address) ? errno : 0;
    close(probe);
    if (why == 0)
        return error_set(error, ERR_LOCKED, "%s: another process of this role listens there",
                         address->sun_path);
    if (why != ENOENT && why != ECONNREFUSED)
        return error_set(error, ERR_IO, "connect to %s: %s", address->sun_path, strerror(why));
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return error_set(error, ERR_IO, "remove %s: %s", address->sun_path, strerror(errno));
    return OK;
}

static enum err listen_on_path(const struct sockaddr_un *address, int *ret_fd, struct error *error)
{
    enum err err = remove_dead_socket(address, error);
    if (err)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(error, ERR_IO, "socket: %s", strerror(errno));
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        chmod(address->sun_path, 0600) != 0 || listen(fd, SOMAXCONN) != 0) {
        err = error_set(error, ERR_IO, "listen on %s: %s", address->sun_path, strerror(errno));
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}

static enum err start_socket(struct control *control, struct error *error)
{
    struct sockaddr_un address;
    int fd = -1;
    enum err err =
        control_path(control->options.data_directory, control->options.role, &address, error);
    if (!err)
        err = control_make_directory(control->options.data_directory, error);
    if (!err)
        err = listen_on_path(&address, &fd, error);
    if (err)
        return err;
    control->path = strdup(address.sun_path);
    control->socket_daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, on_request, control,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, control,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, &control->socket_slots,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!control->socket_daemon) {
        close(fd);
        return error_set(error, ERR_IO, "start the control listener on %s", control->path);
    }
    return OK;
}

static enum err start_tcp(struct control *control, struct error *error)
{
    const char *listen = control->options.metrics_listen;
    if (!listen || !listen[0])
        return OK;
    char address[LISTEN_ADDRESS_BYTES];
    int fd;
    enum err err = listen_open(listen, &fd, address, error);
    if (err)
        return error_add_context(error, err, "metrics-listen");
    control->tcp_daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, on_tcp_request, control,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        &control->tcp_slots, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!control->tcp_daemon) {
        close(fd);
        return error_set(error, ERR_IO, "start the metrics listener on %s", address);
    }
    return OK;
}

enum err control_open(const struct control_options *options, struct control **ret_control,
                      struct error *error)
{
    AUTO(control) struct control *control = calloc(1, sizeof *control);
    REQUIRE(control);
    control->options = *options;
    enum err err = start_socket(control, error);
    if (!err)
        err = start_tcp(control, error);
    if (err)
        return err;
    *ret_control = control;
    control = NULL;
    return OK;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    if (control->tcp_daemon)
        MHD_stop_daemon(control->tcp_daemon);
    if (control->socket_daemon) {
        unlink(control->path);
        MHD_stop_daemon(control->socket_daemon);
    }
    free(control->path);
    free(control);
}
