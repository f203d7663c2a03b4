/* The control socket: every role serves HTTP on DATA/run/<role>.sock (curl --unix-socket can talk
 * to it): GET /livez, /readyz, /metrics, and the role's own routes. Tasks that must change a file
 * which a running role holds ask that role here.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <jansson.h>

struct control;

/* Answers a request with JSON (owned by the listener afterwards; NULL is {}). Called on the thread
 * for questions (GET) or the one for actions (POST), one at a time on each. It may wait: after 5 s, or
 * 120 s, the client is answered ERR_UNREACHABLE, and 16 more may wait for the thread; beyond,
 * ERR_QUEUE_FULL. */
typedef enum err control_action_fn(void *context, const json_t *body, json_t **ret_answer,
                                   struct error *error);

struct control_route {
    const char *method, *path; /* "POST", "/rebuild" */
    control_action_fn *action;
};

struct control_options {
    const char *data_directory;
    const char *role;                   /* "commands"; the socket is DATA/run/<role>.sock */
    const struct control_route *routes; /* closed by a NULL method; may be NULL */
    control_action_fn *ready;           /* GET /readyz: OK, or why not, with checks; may be NULL */
    void *context;
    const char *metrics_listen; /* ADDR:PORT for /livez, /readyz and /metrics on TCP, or NULL */
};

/* Makes DATA/run (0700) and the socket (0600), replacing one a dead process left. The path may not
 * be longer than a Unix socket's (107 bytes): ERR_USAGE says so. */
MUST_CHECK enum err control_open(const struct control_options *options,
                                 struct control **ret_control, struct error *error);
void control_close(struct control *control);
AUTO_CLOSE(control, struct control, control_close)

/* The other side: calls a role's route and waits at most `timeout_ms`. `body` may be NULL.
 * ERR_NOT_RUNNING if certainly nobody listens, ERR_UNREACHABLE if the role could not be asked or
 * did not answer in time; a problem answer becomes the error it was. */
MUST_CHECK enum err control_call(const char *data_directory, const char *role, const char *method,
                                 const char *path, const json_t *body, int timeout_ms,
                                 json_t **ret_answer, struct error *error);
