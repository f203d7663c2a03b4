/* What control.c and control_task.c share. */
#pragma once

#include "http/control.h"
#include "http/http_request.h"

#include <pthread.h>

/* --- control_task.c: what may wait for a disk or for the role's own threads --------------------- */

/* A thread and the tasks that wait for it. */
struct control_worker {
    struct control_tasks *tasks;
    const char *name; /* of the thread */
    pthread_t thread;
    pthread_cond_t news;
    struct {
        struct control_task *first, *last;
        size_t count;
    } waiting;
};

struct control_tasks {
    const struct control_options *options;
    pthread_mutex_t mutex;
    struct control_worker questions, actions;
    bool ending;
};

/* `options` are borrowed. */
void control_task_start_workers(struct control_tasks *tasks, const struct control_options *options);
/* After the server has closed: no request has a task any longer. */
void control_task_stop_workers(struct control_tasks *tasks);

/* Defers the request and queues its task: `action`, or, if it is NULL, writing the metrics. */
MUST_CHECK enum err control_task_begin(struct control_tasks *tasks, struct http_request *request,
                                       control_action_fn *action, struct error *error);

/* Answers 200 with the body that the answer has; no cache may keep it. */
enum err control_task_answer(struct http_request *request, const char *media_type);
