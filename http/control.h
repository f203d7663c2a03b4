/* The control socket: every role serves HTTP on DATA/run/<role>.sock (curl --unix-socket connects to
 * it): GET /livez, /readyz, /metrics, and the role's own routes. A task that must change a file
 * which a running role holds asks that role here.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>

struct control;

/* Answers a request with JSON, which the caller then owns; NULL is {}. Called on the thread for questions
 * (GET) or the one for actions (POST), one at a time on each. It may block: after 5 s (GET) or 120 s
 * (POST) the client is answered ERR_UNREACHABLE. Up to 16 requests wait for each thread; the next is
 * answered ERR_QUEUE_FULL. */
typedef enum err control_action_fn(void *context, const json_t *body, json_t **ret_answer,
                                   struct error *error);

struct control_route {
    const char *method, *path; /* "POST", "/rebuild" */
    control_action_fn *action;
};

/* Adds what GET /metrics answers. Called on the thread for questions, as above. */
typedef void control_metrics_fn(void *context, struct text *out);

struct control_options {
    const char *data_directory;         /* NULL: no socket, only `metrics_listen` */
    const char *role;                   /* "commands"; the socket is DATA/run/<role>.sock */
    const struct control_route *routes; /* end with a NULL method; may be NULL */
    control_action_fn *ready;    /* GET /readyz: OK or the reason, with checks; may be NULL */
    control_metrics_fn *metrics; /* NULL: the metrics of this process */
    void *context;
    const char *metrics_listen; /* ADDR:PORT for /livez, /readyz and /metrics on TCP, or NULL */
};

/* Creates DATA/run (0700) and the socket (0600); replaces a socket that a dead process has left.
 * ERR_USAGE if the path is longer than that of a Unix socket may be (107 bytes). */
MUST_CHECK enum err control_open(const struct control_options *options,
                                 struct control **ret_control, struct error *error);
void control_close(struct control *control);
AUTO_CLOSE(control, struct control, control_close)

/* Where `metrics_listen` is served: "127.0.0.1:9100". NULL if it was not given. */
const char *control_metrics_address(const struct control *control);

/* The address of a role's socket. ERR_USAGE if the path is too long for a Unix socket. */
MUST_CHECK enum err control_path(const char *data_directory, const char *role,
                                 struct sockaddr_un *ret_address, struct error *error);

/* The client: calls a role's route and waits at most `timeout_ms`. `body` may be NULL.
 * ERR_NOT_RUNNING if certainly no process listens; ERR_UNREACHABLE if the role could not be reached or
 * did not answer in time; a problem document becomes the error that it describes. */
MUST_CHECK enum err control_call(const char *data_directory, const char *role, const char *method,
                                 const char *path, const json_t *body, int timeout_ms,
                                 json_t **ret_answer, struct error *error);

/* The answer of roles[index] to control_ask_each(): the body of a response without an error, or `err` as
 * in control_call() with the reason. */
typedef void control_answer_fn(void *context, size_t index, enum err err, struct slice body,
                               const struct error *error);

/* The client: calls a GET route of several roles at the same time, waits at most `timeout_ms` for all of
 * them, and calls `answer` once for each, on this thread. */
void control_ask_each(const char *data_directory, const char *const *roles, size_t count,
                      const char *path, int timeout_ms, control_answer_fn *answer, void *context);
