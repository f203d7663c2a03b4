/* The client of the control sockets: HTTP requests over Unix sockets. */
#include "http/control.h"

#include "base/arena.h"
#include "base/json.h"
#include "http/http_calls.h"
#include "http/problem.h"

#include <errno.h>
#include <stdio.h>

#define ANSWER_MOST_BYTES ((size_t)16 * 1024 * 1024)

enum err control_path(const char *data_directory, const char *role, struct sockaddr_un *ret_address,
                      struct error *error)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%s/run/%s.sock",
                          data_directory, role);
    if (length < 0 || (size_t)length >= sizeof ret_address->sun_path)
        return error_set(
            error, ERR_USAGE,
            "%s/run/%s.sock is longer than the %zu bytes that the path of a Unix socket may have; "
            "choose a shorter --data",
            data_directory, role, sizeof ret_address->sun_path - 1);
    return OK;
}

struct outcome {
    const char *socket_path;
    json_t **ret_answer;
    struct error *error;
    enum err err;
};

/* Certainly no process listens if the socket is missing or refuses the connection; a process whose socket
 * file was removed may still run. */
static enum err no_answer(const struct http_call_answer *answer, const char *socket_path,
                          struct error *error)
{
    int why = answer->connect_errno;
    bool may_listen = why != ENOENT && why != ENOTDIR && why != ECONNREFUSED;
    return error_set(error, may_listen ? ERR_UNREACHABLE : ERR_NOT_RUNNING, "%s: %s", socket_path,
                     why ? strerror(why) : answer->trouble);
}

/* The code whose slug is the last segment of a problem's type. */
static enum err code_of(const char *type)
{
    const char *slug = strrchr(type, '/');
    enum err code = problem_find(slice_of(slug ? slug + 1 : type));
    return code ? code : ERR_INTERNAL;
}

static enum err read_json(const struct http_call_answer *answer, json_t **ret_json,
                          struct error *error)
{
    enum err err = json_read(answer->body, ret_json, error);
    return err ? error_add_context(error, err, "the response (status %d)", answer->status) : OK;
}

/* The error that a problem document describes. */
static enum err read_problem(const struct http_call_answer *answer, struct error *error)
{
    AUTO(json) json_t *problem = NULL;
    enum err err = read_json(answer, &problem, error);
    return err ? err
               : error_set(error, code_of(json_string_or(problem, "type", "")), "%s",
                           json_string_or(problem, "detail", "unknown reason"));
}

/* OK: it has a body of the route's media type. */
static enum err check_answer(const struct http_call_answer *answer, const char *socket_path,
                             struct error *error)
{
    if (answer->too_large)
        return error_set(error, ERR_UNREACHABLE, "%s: the response has more than %zu bytes",
                         socket_path, ANSWER_MOST_BYTES);
    if (answer->status == 0)
        return no_answer(answer, socket_path, error);
    return answer->status >= 400 ? read_problem(answer, error) : OK;
}

static void done(void *outcome_, void *unused, const struct http_call_answer *answer)
{
    struct outcome *outcome = outcome_;
    (void)unused;
    outcome->err = check_answer(answer, outcome->socket_path, outcome->error);
    if (!outcome->err)
        outcome->err = read_json(answer, outcome->ret_answer, outcome->error);
}

enum err control_call(const char *data_directory, const char *role, const char *method,
                      const char *path, const json_t *body, int timeout_ms, json_t **ret_answer,
                      struct error *error)
{
    struct sockaddr_un address;
    AUTO(text) struct text sent = {0};
    enum err err = control_path(data_directory, role, &address, error);
    if (err)
        return err;
    if (body)
        json_write(body, &sent);
    struct outcome outcome = {address.sun_path, ret_answer, error, OK};
    http_calls_once(&(struct http_call_request){.method = method,
                                                .url = path,
                                                .socket_path = address.sun_path,
                                                .headers = {"Content-Type: application/json"},
                                                .body = text_slice(&sent),
                                                .timeout_ms = timeout_ms,
                                                .answer_most_bytes = ANSWER_MOST_BYTES},
                    done, &outcome);
    return outcome.err;
}

/* --- several roles at once -------------------------------------------------------------------- */

struct question {
    size_t index; /* of the role */
    struct sockaddr_un address;
};

struct asking {
    control_answer_fn *answer;
    void *context;
};

static void answered(void *asking_, void *question_, const struct http_call_answer *answer)
{
    const struct asking *asking = asking_;
    const struct question *question = question_;
    struct error error = {0};
    enum err err = check_answer(answer, question->address.sun_path, &error);
    asking->answer(asking->context, question->index, err, err ? slice_of("") : answer->body,
                   &error);
}

void control_ask_each(const char *data_directory, const char *const *roles, size_t count,
                      const char *path, int timeout_ms, control_answer_fn *answer, void *context)
{
    AUTO(arena) struct arena arena = {0};
    struct asking asking = {answer, context};
    AUTO(http_calls) struct http_calls *calls = http_calls_create(count, answered, &asking);
    for (size_t i = 0; i < count; i++) {
        struct question *question = arena_allocate(&arena, sizeof *question);
        struct error error = {0};
        question->index = i;
        enum err err = control_path(data_directory, roles[i], &question->address, &error);
        if (err)
            answer(context, i, err, slice_of(""), &error);
        else
            http_calls_start(calls,
                             &(struct http_call_request){.method = "GET",
                                                         .url = path,
                                                         .socket_path = question->address.sun_path,
                                                         .timeout_ms = timeout_ms,
                                                         .answer_most_bytes = ANSWER_MOST_BYTES,
                                                         .context = question});
    }
    while (http_calls_in_flight(calls) > 0)
        http_calls_work(calls, -1, timeout_ms);
}
