/* A router of the role's routes behind two servers: on the Unix socket, and on TCP if metrics are
 * wanted there. Only /livez is answered at once. Whatever else is asked may have to wait for a disk
 * or for the role's own threads; so it is deferred with a deadline, and done by one thread for
 * questions (GET) and one for actions (POST).
 *
 * A task belongs to its thread until it is done, then to its request. If the request has been
 * finished by then, nobody needs it: task->request, under the mutex, says so.
 */
#include "http/control.h"

#include "base/json.h"
#include "http/control_path.h"
#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/json_body.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define QUESTION_MS      5000
#define ACTION_MS        120000
#define TASKS_MOST       16 /* that wait for a thread */
#define CONNECTIONS_MOST 64
#define METRICS_TYPE     "text/plain; version=0.0.4; charset=utf-8"

struct task {
    struct task *next;
    struct http_request *request; /* NULL: finished already */
    control_action_fn *action;    /* NULL: the metrics */
    json_t *body;
    bool done;
    enum err err;
    struct error error;
    struct text answer;
};

struct worker {
    struct control *control;
    const char *name; /* of the thread */
    pthread_t thread;
    pthread_cond_t news;
    struct task *first, **last;
    size_t waiting;
};

struct control {
    struct control_options options;
    struct route *routes; /* of both servers; the built-in ones first */
    struct router *router, *tcp_router;
    struct http_server *server, *tcp_server;
    char *path;
    pthread_mutex_t mutex;
    struct worker questions, actions;
    bool ending;
};

/* --- tasks ------------------------------------------------------------------------------------ */

static void free_task(struct task *task)
{
    json_decref(task->body);
    text_finish(&task->answer);
    free(task);
}

static void run_task(const struct control *control, struct task *task)
{
    AUTO(json) json_t *answer = NULL;
    if (!task->action) {
        metrics_write(&task->answer);
        return;
    }
    task->err = task->action(control->options.context, task->body, &answer, &task->error);
    if (task->err)
        return;
    if (answer)
        json_write(answer, &task->answer);
    else
        text_add(&task->answer, "{}");
}

/* Under the mutex. */
static struct task *next_task(struct worker *worker)
{
    struct task *task = worker->first;
    if (!task)
        return NULL;
    worker->first = task->next;
    if (!worker->first)
        worker->last = &worker->first;
    worker->waiting--;
    return task;
}

/* Under the mutex. */
static void settle(struct task *task)
{
    task->done = true;
    if (task->request)
        http_deferral_wake(task->request);
    else
        free_task(task);
}

static void *work(void *worker_)
{
    struct worker *worker = worker_;
    struct control *control = worker->control;
    pthread_setname_np(pthread_self(), worker->name);
    pthread_mutex_lock(&control->mutex);
    while (!control->ending) {
        struct task *task = next_task(worker);
        if (!task) {
            pthread_cond_wait(&worker->news, &control->mutex);
            continue;
        }
        pthread_mutex_unlock(&control->mutex);
        run_task(control, task);
        pthread_mutex_lock(&control->mutex);
        settle(task);
    }
    for (struct task *task; (task = next_task(worker));)
        free_task(task);
    pthread_mutex_unlock(&control->mutex);
    return NULL;
}

/* --- requests --------------------------------------------------------------------------------- */

static bool is_question(const struct http_request *request)
{
    return strcmp(request->route->method, "GET") == 0;
}

/* The request does not need its task any more. */
static void leave_task(struct http_request *request)
{
    struct control *control = request->context;
    struct task *task = request->state;
    if (!task)
        return;
    request->state = NULL;
    pthread_mutex_lock(&control->mutex);
    task->request = NULL;
    bool done = task->done;
    pthread_mutex_unlock(&control->mutex);
    if (done)
        free_task(task);
}

static enum err answer_text(struct http_request *request, const char *media_type)
{
    http_answer(request, 200, media_type);
    http_answer_header(request, "Cache-Control", "no-store");
    return OK;
}

static enum err answer_done(struct http_request *request, struct error *error)
{
    struct task *task = request->state;
    if (task->err) {
        *error = task->error;
        return task->err;
    }
    text_add_slice(&request->answer.body, text_slice(&task->answer));
    return answer_text(request, task->action ? HTTP_JSON : METRICS_TYPE);
}

static enum err answer_task(struct http_request *request, struct error *error)
{
    struct control *control = request->context;
    struct task *task = request->state;
    pthread_mutex_lock(&control->mutex);
    bool done = task->done;
    pthread_mutex_unlock(&control->mutex);
    if (done)
        return answer_done(request, error);
    return error_set(error, ERR_UNREACHABLE, "%s: no result within %d s; %s", control->options.role,
                     (is_question(request) ? QUESTION_MS : ACTION_MS) / 1000,
                     is_question(request) ? "its threads or its disk are stalled"
                                          : "it may still be carried out");
}

static enum err defer(struct http_request *request, struct task *take_task, struct error *error)
{
    struct control *control = request->context;
    struct worker *worker = is_question(request) ? &control->questions : &control->actions;
    pthread_mutex_lock(&control->mutex);
    bool taken = worker->waiting < TASKS_MOST && !control->ending;
    if (taken) {
        request->state = take_task;
        request->finish = leave_task;
        request->resume = answer_task;
        http_deferral_begin(
            request,
            &(struct http_deferral){.wait_ms = is_question(request) ? QUESTION_MS : ACTION_MS});
        *worker->last = take_task;
        worker->last = &take_task->next;
        worker->waiting++;
        pthread_cond_signal(&worker->news);
    }
    pthread_mutex_unlock(&control->mutex);
    if (taken)
        return OK;
    free_task(take_task);
    return error_set(error, ERR_QUEUE_FULL, "%s: %d requests wait already; try again",
                     control->options.role, TASKS_MOST);
}

static enum err begin_task(struct http_request *request, control_action_fn *action,
                           struct error *error)
{
    json_t *body = NULL;
    enum err err = request->body.length ? json_body_parse(request, 0, &body, error) : OK;
    if (err)
        return err;
    struct task *task = calloc(1, sizeof *task);
    REQUIRE(task);
    task->request = request;
    task->action = action;
    task->body = body;
    return defer(request, task, error);
}

/* --- routes ----------------------------------------------------------------------------------- */

static enum err get_livez(struct http_request *request, struct error *error)
{
    (void)error;
    text_add(&request->answer.body, "{\"status\":\"alive\"}");
    return answer_text(request, HTTP_JSON);
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
    const struct control *control = request->context;
    return begin_task(request, control->options.ready ? control->options.ready : always_ready,
                      error);
}

static enum err get_metrics(struct http_request *request, struct error *error)
{
    return begin_task(request, NULL, error);
}

static const struct route built_in[] = {
    {"GET", "/livez", get_livez, NULL, "the process runs", NULL},
    {"GET", "/readyz", get_readyz, NULL, "it can do its work", NULL},
    {"GET", "/metrics", get_metrics, NULL, "Prometheus text", NULL},
    {0},
};
#define BUILT_IN (sizeof built_in / sizeof *built_in - 1)

static enum err run_action(struct http_request *request, struct error *error)
{
    const struct control *control = request->context;
    size_t at = (size_t)(request->route - control->routes) - BUILT_IN;
    return begin_task(request, control->options.routes[at].action, error);
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
        control->routes[BUILT_IN + i] =
            (struct route){own[i].method, own[i].path, run_action, NULL, "", NULL};
    control->router = router_create(control->routes, NULL);
    control->tcp_router = router_create(built_in, NULL);
}

/* --- listening -------------------------------------------------------------------------------- */

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

static enum err start_socket(struct control *control, struct error *error)
{
    struct sockaddr_un address;
    struct http_server_options options = options_of(control);
    enum err err =
        control_path(control->options.data_directory, control->options.role, &address, error);
    if (!err)
        err = control_make_directory(control->options.data_directory, error);
    if (!err)
        err = listen_on_path(&address, &options.take_fd, error);
    if (err)
        return err;
    control->path = strdup(address.sun_path);
    options.listen = control->path;
    options.router = control->router;
    return http_server_open(&options, &control->server, error);
}

/* On TCP there is nothing but the built-in routes. */
static enum err start_tcp(struct control *control, struct error *error)
{
    struct http_server_options options = options_of(control);
    options.listen = control->options.metrics_listen;
    options.router = control->tcp_router;
    if (!options.listen || !options.listen[0])
        return OK;
    enum err err = http_server_open(&options, &control->tcp_server, error);
    return err ? error_add_context(error, err, "metrics-listen") : OK;
}

static void start_worker(struct control *control, struct worker *worker, const char *name)
{
    worker->control = control;
    worker->name = name;
    worker->last = &worker->first;
    pthread_cond_init(&worker->news, NULL);
    REQUIRE(pthread_create(&worker->thread, NULL, work, worker) == 0);
}

static void stop_worker(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->news);
}

enum err control_open(const struct control_options *options, struct control **ret_control,
                      struct error *error)
{
    AUTO(control) struct control *control = calloc(1, sizeof *control);
    REQUIRE(control);
    control->options = *options;
    pthread_mutex_init(&control->mutex, NULL);
    make_routes(control);
    start_worker(control, &control->questions, "ctl-questions");
    start_worker(control, &control->actions, "ctl-actions");
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
    http_server_close(control->tcp_server);
    if (control->path)
        unlink(control->path);
    http_server_close(control->server);
    pthread_mutex_lock(&control->mutex);
    control->ending = true;
    pthread_cond_signal(&control->questions.news);
    pthread_cond_signal(&control->actions.news);
    pthread_mutex_unlock(&control->mutex);
    stop_worker(&control->questions);
    stop_worker(&control->actions);
    router_destroy(control->router);
    router_destroy(control->tcp_router);
    free(control->routes);
    free(control->path);
    pthread_mutex_destroy(&control->mutex);
    free(control);
}
