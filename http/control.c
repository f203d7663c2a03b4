/* Two servers: one on the Unix socket with the built-in routes and the role's; and one on TCP with the
 * built-in routes, if --metrics-listen asks for it. Only /livez is answered at once; everything else
 * is a task (control_task.c).
 */
#include "http/control_private.h"

#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/listen.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS_MOST 64

struct control {
    struct control_options options;
    struct route *routes; /* of both servers; the built-in ones first */
    struct router *router, *tcp_router;
    struct http_server *server, *tcp_server;
    char *path;
    struct control_tasks tasks;
};

/* --- routes ----------------------------------------------------------------------------------- */

static enum err get_livez(struct http_request *request, struct error *error)
{
    (void)error;
    text_add(&request->answer.body, "{\"status\":\"alive\"}");
    return control_task_answer(request, HTTP_JSON);
}

static enum err always_ready(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    (void)context, (void)body, (void)error;
    *ret_answer = json_pack("{s:s}", "status", "ready");
    return OK;
}

static enum err get_readyz(struct http_request *request, struct error *error)
{
    struct control *control = request->context;
    control_action_fn *ready = control->options.ready ? control->options.ready : always_ready;
    return control_task_begin(&control->tasks, request, ready, error);
}

static enum err get_metrics(struct http_request *request, struct error *error)
{
    struct control *control = request->context;
    return control_task_begin(&control->tasks, request, NULL, error);
}

static const struct route built_in[] = {
    {.method = "GET", .pattern = "/livez", .handler = get_livez, .summary = "the process runs"},
    {.method = "GET",
     .pattern = "/readyz",
     .handler = get_readyz,
     .summary = "the process is ready"},
    {.method = "GET", .pattern = "/metrics", .handler = get_metrics, .summary = "Prometheus text"},
    {0},
};
#define BUILT_IN (sizeof built_in / sizeof *built_in - 1)

static enum err run_action(struct http_request *request, struct error *error)
{
    struct control *control = request->context;
    size_t at = (size_t)(request->route - control->routes) - BUILT_IN;
    return control_task_begin(&control->tasks, request, control->options.routes[at].action, error);
}

static void make_routes(struct control *control)
{
    const struct control_route *own = control->options.routes;
    size_t count = 0;
    while (own && own[count].method)
        count++;
    control->routes = calloc(BUILT_IN + count + 1, sizeof *control->routes);
    REQUIRE(control->routes);
    memcpy(control->routes, built_in, sizeof built_in);
    for (size_t i = 0; i < count; i++)
        control->routes[BUILT_IN + i] = (struct route){
            .method = own[i].method, .pattern = own[i].path, .handler = run_action, .summary = ""};
    control->router = router_create(control->routes, NULL);
    control->tcp_router = router_create(built_in, NULL);
}

/* --- listening -------------------------------------------------------------------------------- */

static struct http_server_options options_of(struct control *control)
{
    return (struct http_server_options){
        .context = control,
        .any_host = true,
        .apart = true,
        .limits = {.body_bytes = (size_t)64 * 1024,
                   .connections = CONNECTIONS_MOST,
                   .connections_per_address = CONNECTIONS_MOST,
                   .idle_seconds = 10,
                   .threads = 1},
    };
}

/* DATA and DATA/run, accessible to this user only. */
static enum err make_directory(const char *data_directory, struct error *error)
{
    AUTO(text) struct text run = {0};
    text_printf(&run, "%s/run", data_directory);
    if ((mkdir(data_directory, 0700) != 0 && errno != EEXIST) ||
        (mkdir(run.at, 0700) != 0 && errno != EEXIST))
        return error_set(error, ERR_IO, "create directory %s: %s", run.at, strerror(errno));
    return OK;
}

static enum err start_socket(struct control *control, struct error *error)
{
    struct sockaddr_un address;
    struct http_server_options options = options_of(control);
    if (!control->options.data_directory)
        return OK;
    enum err err =
        control_path(control->options.data_directory, control->options.role, &address, error);
    if (!err)
        err = make_directory(control->options.data_directory, error);
    if (!err)
        err = listen_open_unix(&address, &options.take_fd, error);
    if (err)
        return err;
    control->path = strdup(address.sun_path);
    options.listen = control->path;
    options.for_operator = true; /* only this user can open the socket */
    options.router = control->router;
    return http_server_open(&options, &control->server, error);
}

static enum err start_tcp(struct control *control, struct error *error)
{
    struct http_server_options options = options_of(control);
    options.listen = control->options.metrics_listen;
    options.router = control->tcp_router;
    if (!options.listen || !options.listen[0])
        return OK;
    enum err err = http_server_open(&options, &control->tcp_server, error);
    return err ? error_add_context(error, err, "--metrics-listen") : OK;
}

enum err control_open(const struct control_options *options, struct control **ret_control,
                      struct error *error)
{
    AUTO(control) struct control *control = calloc(1, sizeof *control);
    REQUIRE(control);
    control->options = *options;
    make_routes(control);
    control_task_start_workers(&control->tasks, &control->options);
    enum err err = start_socket(control, error);
    if (!err)
        err = start_tcp(control, error);
    if (err)
        return err;
    *ret_control = control;
    control = NULL;
    return OK;
}

const char *control_metrics_address(const struct control *control)
{
    return control->tcp_server ? http_server_address(control->tcp_server) : NULL;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    http_server_close(control->tcp_server);
    if (control->path)
        unlink(control->path);
    http_server_close(control->server);
    control_task_stop_workers(&control->tasks);
    router_destroy(control->router);
    router_destroy(control->tcp_router);
    free(control->routes);
    free(control->path);
    free(control);
}
