/* A request that may have to wait becomes a task: one thread runs the questions (GET), one the actions
 * (POST), and the request is deferred with a deadline.
 *
 * A task belongs to its thread until it is done, then to its request. If the request has been finished
 * by then, task->request, guarded by the mutex, is NULL, and the thread frees the task.
 */
#include "http/control_private.h"

#include "base/json.h"
#include "base/list.h"
#include "http/http_answer.h"
#include "http/http_deferral.h"
#include "http/json_body.h"
#include "http/router.h"
#include "telemetry/metrics.h"

#define QUESTION_MS  5000
#define ACTION_MS    120000
#define WAITING_MOST 16 /* tasks, for each thread */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct control_task {
    struct control_task *next, *previous;
    struct control_tasks *tasks;
    struct http_request *request; /* NULL: it has been finished */
    control_action_fn *action;    /* NULL: write the metrics */
    json_t *body;
    bool done;
    enum err err;
    struct error error;
    struct text answer;
};

static void free_task(struct control_task *task)
{
    json_decref(task->body);
    text_finish(&task->answer);
    free(task);
}

static void run_task(struct control_task *task)
{
    AUTO(json) json_t *answer = NULL;
    const struct control_options *options = task->tasks->options;
    if (!task->action && options->metrics)
        options->metrics(options->context, &task->answer);
    else if (!task->action)
        metrics_write(&task->answer);
    if (!task->action)
        return;
    task->err = task->action(options->context, task->body, &answer, &task->error);
    if (task->err)
        return;
    if (answer)
        json_write(answer, &task->answer);
    else
        text_add(&task->answer, "{}");
}

/* Under the mutex. */
static struct control_task *next_task(struct control_worker *worker)
{
    struct control_task *task = worker->waiting.first;
    if (!task)
        return NULL;
    LIST_REMOVE(&worker->waiting, task);
    worker->waiting.count--;
    return task;
}

/* Under the mutex. */
static void settle(struct control_task *task)
{
    task->done = true;
    if (task->request)
        http_deferral_wake(task->request);
    else
        free_task(task);
}

static void *work(void *worker_)
{
    struct control_worker *worker = worker_;
    struct control_tasks *tasks = worker->tasks;
    pthread_setname_np(pthread_self(), worker->name);
    pthread_mutex_lock(&tasks->mutex);
    while (!tasks->ending) {
        struct control_task *task = next_task(worker);
        if (!task) {
            pthread_cond_wait(&worker->news, &tasks->mutex);
            continue;
        }
        pthread_mutex_unlock(&tasks->mutex);
        run_task(task);
        pthread_mutex_lock(&tasks->mutex);
        settle(task);
    }
    for (struct control_task *task; (task = next_task(worker));)
        free_task(task);
    pthread_mutex_unlock(&tasks->mutex);
    return NULL;
}

/* --- threads ---------------------------------------------------------------------------------- */

static void start_worker(struct control_tasks *tasks, struct control_worker *worker,
                         const char *name)
{
    worker->tasks = tasks;
    worker->name = name;
    pthread_cond_init(&worker->news, NULL);
    REQUIRE(pthread_create(&worker->thread, NULL, work, worker) == 0);
}

static void stop_worker(struct control_worker *worker)
{
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->news);
}

void control_task_start_workers(struct control_tasks *tasks, const struct control_options *options)
{
    tasks->options = options;
    pthread_mutex_init(&tasks->mutex, NULL);
    start_worker(tasks, &tasks->questions, "ctl-questions");
    start_worker(tasks, &tasks->actions, "ctl-actions");
}

void control_task_stop_workers(struct control_tasks *tasks)
{
    pthread_mutex_lock(&tasks->mutex);
    tasks->ending = true;
    pthread_cond_signal(&tasks->questions.news);
    pthread_cond_signal(&tasks->actions.news);
    pthread_mutex_unlock(&tasks->mutex);
    stop_worker(&tasks->questions);
    stop_worker(&tasks->actions);
    pthread_mutex_destroy(&tasks->mutex);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool is_question(const struct http_request *request)
{
    return strcmp(request->route->method, "GET") == 0;
}

/* The request no longer needs its task. */
static void leave_task(struct http_request *request)
{
    struct control_task *task = request->state;
    if (!task)
        return;
    struct control_tasks *tasks = task->tasks;
    request->state = NULL;
    pthread_mutex_lock(&tasks->mutex);
    task->request = NULL;
    bool done = task->done;
    pthread_mutex_unlock(&tasks->mutex);
    if (done)
        free_task(task);
}

enum err control_task_answer(struct http_request *request, const char *media_type)
{
    http_answer(request, 200, media_type);
    http_answer_header(request, "Cache-Control", "no-store");
    return OK;
}

static enum err answer_done(struct http_request *request, struct error *error)
{
    struct control_task *task = request->state;
    if (task->err) {
        *error = task->error;
        return task->err;
    }
    text_add_slice(&request->answer.body, text_slice(&task->answer));
    return control_task_answer(request, task->action ? HTTP_JSON : METRICS_TYPE);
}

static enum err answer_task(struct http_request *request, struct error *error)
{
    struct control_task *task = request->state;
    struct control_tasks *tasks = task->tasks;
    pthread_mutex_lock(&tasks->mutex);
    bool done = task->done;
    pthread_mutex_unlock(&tasks->mutex);
    if (done)
        return answer_done(request, error);
    return error_set(error, ERR_UNREACHABLE, "%s: no result within %d s; %s", tasks->options->role,
                     (is_question(request) ? QUESTION_MS : ACTION_MS) / 1000,
                     is_question(request) ? "its threads or its disk are stalled"
                                          : "the action may still be carried out");
}

static enum err defer(struct http_request *request, struct control_task *take_task,
                      struct error *error)
{
    struct control_tasks *tasks = take_task->tasks;
    struct control_worker *worker = is_question(request) ? &tasks->questions : &tasks->actions;
    pthread_mutex_lock(&tasks->mutex);
    bool taken = worker->waiting.count < WAITING_MOST && !tasks->ending;
    if (taken) {
        request->state = take_task;
        request->finish = leave_task;
        request->resume = answer_task;
        http_deferral_begin(
            request,
            &(struct http_deferral){.wait_ms = is_question(request) ? QUESTION_MS : ACTION_MS});
        LIST_APPEND(&worker->waiting, take_task);
        worker->waiting.count++;
        pthread_cond_signal(&worker->news);
    }
    pthread_mutex_unlock(&tasks->mutex);
    if (taken)
        return OK;
    free_task(take_task);
    return error_set(error, ERR_QUEUE_FULL, "%s: %d requests are already waiting; try again",
                     tasks->options->role, WAITING_MOST);
}

enum err control_task_begin(struct control_tasks *tasks, struct http_request *request,
                            control_action_fn *action, struct error *error)
{
    json_t *body = NULL;
    enum err err = request->body.length ? json_body_parse(request, 0, &body, error) : OK;
    if (err)
        return err;
    struct control_task *task = calloc(1, sizeof *task);
    REQUIRE(task);
    task->tasks = tasks;
    task->request = request;
    task->action = action;
    task->body = body;
    return defer(request, task, error);
}
