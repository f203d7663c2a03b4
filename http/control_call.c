/* The client of the control socket: one HTTP request over the Unix socket. */
#include "http/control.h"

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

/* The process certainly does not run only if the socket is missing or refuses the connection. */
static enum err no_answer(const struct http_call_answer *answer, const char *socket_path,
                          struct error *error)
{
    int why = answer->connect_errno;
    bool runs = why != ENOENT && why != ENOTDIR && why != ECONNREFUSED;
    return error_set(error, runs ? ERR_UNREACHABLE : ERR_NOT_RUNNING, "%s: %s", socket_path,
                     why ? strerror(why) : answer->trouble);
}

/* The code whose slug is the last segment of a problem's type. */
static enum err code_of(const char *type)
{
    const char *slug = strrchr(type, '/');
    enum err code = problem_find(slice_of(slug ? slug + 1 : type));
    return code ? code : ERR_INTERNAL;
}

static enum err read_answer(int status, struct slice body, json_t **ret_answer, struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    enum err err = json_read(body, &answer, error);
    if (err)
        return error_add_context(error, err, "the response (status %d)", status);
    if (status >= 400)
        return error_set(error, code_of(json_string_or(answer, "type", "")), "%s",
                         json_string_or(answer, "detail", "unknown reason"));
    *ret_answer = json_incref(answer);
    return OK;
}

static void done(void *outcome_, void *unused, const struct http_call_answer *answer)
{
    struct outcome *outcome = outcome_;
    (void)unused;
    if (answer->too_large)
        outcome->err =
            error_set(outcome->error, ERR_UNREACHABLE, "%s: the response has more than %zu bytes",
                      outcome->socket_path, ANSWER_MOST_BYTES);
    else if (answer->status == 0)
        outcome->err = no_answer(answer, outcome->socket_path, outcome->error);
    else
        outcome->err =
            read_answer(answer->status, answer->body, outcome->ret_answer, outcome->error);
}

enum err control_call(const char *data_directory, const char *role, const char *method,
                      const char *path, const json_t *body, int timeout_ms, json_t **ret_answer,
                      struct error *error)
{
    struct sockaddr_un address;
    AUTO(text) struct text url = {0};
    AUTO(text) struct text sent = {0};
    enum err err = control_path(data_directory, role, &address, error);
    if (err)
        return err;
    text_printf(&url, "http://annal%s", path);
    if (body)
        json_write(body, &sent);
    struct outcome outcome = {address.sun_path, ret_answer, error, OK};
    http_calls_once(&(struct http_call_request){.method = method,
                                                .url = url.at,
                                                .socket_path = address.sun_path,
                                                .headers = {"Content-Type: application/json"},
                                                .body = text_slice(&sent),
                                                .timeout_ms = timeout_ms,
                                                .answer_most_bytes = ANSWER_MOST_BYTES},
                    done, &outcome);
    return outcome.err;
}
