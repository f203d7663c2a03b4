/* Many messages in one request save both sides most of the cost of a request, and reach the command
 * desk together. A request stays well below the size that the other side accepts by default. */
#include "sagas/dispatch_request.h"

#include "http/problem.h"
#include "sagas/saga_append.h"

#define COMMANDS_MOST 128
#define COMMAND_BYTES ((size_t)512 * 1024)
#define EVENT_BYTES   ((size_t)48 * 1024)

static const struct {
    const char *begin, *path;
    size_t messages_most, bytes_most;
} kinds[] = {
    [OUTBOX_COMMAND] = {"{\"commands\":[", "/commands", COMMANDS_MOST, COMMAND_BYTES},
    [OUTBOX_QUESTION] = {"", "", 1, 0},
    [OUTBOX_EVENT] = {"{\"" SAGA_APPEND_EVENTS "\":[", SAGA_APPEND_PATH, SAGA_APPEND_EVENTS_MOST,
                      EVENT_BYTES},
};

/* ---- the request ---- */

struct dispatch_request *dispatch_request_create(enum outbox_kind kind)
{
    struct dispatch_request *request = calloc(1, sizeof *request);
    REQUIRE(request);
    request->kind = kind;
    text_add(&request->body, kinds[kind].begin);
    return request;
}

void dispatch_request_destroy(struct dispatch_request *request)
{
    if (!request)
        return;
    outbox_messages_finish(&request->messages);
    text_finish(&request->body);
    free(request);
}

bool dispatch_request_add(struct dispatch_request *request, struct outbox_message *message)
{
    const struct outbox_message *first = request->messages.first;
    size_t before = request->body.length;
    if (first && (first->alone || message->alone ||
                  request->messages.count == kinds[request->kind].messages_most))
        return false;
    outbox_message_write(message, &request->body);
    if (first && request->body.length > kinds[request->kind].bytes_most) {
        request->body.length = before;
        request->body.at[before] = '\0';
        return false;
    }
    outbox_messages_add(&request->messages, message);
    return true;
}

static void start_question(struct dispatch_request *request, const char *base_url,
                           struct http_calls *calls)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "%s%s", base_url, request->body.at);
    http_calls_start(calls,
                     &(struct http_call_request){
                         .method = "GET", .url = url.at, .body = {"", 0}, .context = request});
}

void dispatch_request_start(struct dispatch_request *request, const char *base_url,
                            const char *socket_path, struct http_calls *calls)
{
    bool to_socket = request->kind == OUTBOX_EVENT;
    AUTO(text) struct text url = {0};
    if (request->kind == OUTBOX_QUESTION) {
        start_question(request, base_url, calls);
        return;
    }
    text_add(&request->body, "]}");
    text_printf(&url, "%s%s", to_socket ? "" : base_url, kinds[request->kind].path);
    http_calls_start(calls, &(struct http_call_request){
                                .method = "POST",
                                .url = url.at,
                                .socket_path = to_socket ? socket_path : NULL,
                                .headers = {"Content-Type: application/json"},
                                .body = text_slice(&request->body),
                                .context = request,
                            });
}

/* ---- its answer ---- */

/* From now on each of many has a request to itself. True if this one has many. */
static bool separate(struct dispatch_request *request)
{
    for (struct outbox_message *m = request->messages.first; m; m = m->next)
        m->alone = true;
    return request->messages.count > 1;
}

static void read_answers(struct dispatch_request *request, const json_t *answers)
{
    size_t i = 0;
    for (struct outbox_message *m = request->messages.first; m; m = m->next) {
        const json_t *answer = json_array_get(answers, i++);
        outbox_message_read(m, (int)json_int_or(answer, "status", 0),
                            json_object_get(answer, "body"));
    }
}

/* The whole request was answered with an error. If it has many commands, this says nothing about a
 * single one. */
static void read_error(struct dispatch_request *request, int status, const json_t *body)
{
    bool comes_again = status == 0 || status == 503 || status == 429;
    if (request->messages.count == 1 && status >= 400)
        outbox_message_read(request->messages.first, status, body);
    else if (outbox_message_is_rejected(status, body))
        separate(request);
    else
        for (struct outbox_message *m = request->messages.first; m && !comes_again; m = m->next)
            outbox_message_fail(m, status, body);
}

static void read_too_large(struct dispatch_request *request, int status)
{
    AUTO(text) struct text reason = {0};
    if (separate(request))
        return;
    text_printf(&reason, "answered with status %d and more than 1 MiB, which is not read", status);
    outbox_message_give_up(request->messages.first, reason.at);
}

static void read_endpoint(struct dispatch_request *request, const struct http_call_answer *answer)
{
    AUTO(json) json_t *body = NULL;
    if (answer->too_large) {
        read_too_large(request, answer->status);
        return;
    }
    if (answer->status && json_read(answer->body, &body, NULL))
        body = NULL;
    const json_t *answers = answer->status == 200 ? json_object_get(body, "answers") : NULL;
    if (request->kind == OUTBOX_QUESTION)
        outbox_message_read(request->messages.first, answer->status, body);
    else if (json_array_size(answers) == request->messages.count)
        read_answers(request, answers);
    else
        read_error(request, answer->status, body);
}

/* An event has an outcome only if a result certainly belongs to it. */
static enum err check_results(const struct dispatch_request *request, const json_t *results,
                              struct error *error)
{
    size_t i, texts = 0;
    json_t *result;
    json_array_foreach (results, i, result)
        texts += json_is_string(result);
    if (texts == request->messages.count && json_array_size(results) == texts)
        return OK;
    return error_set(error, ERR_UNREACHABLE,
                     "POST " SAGA_APPEND_PATH " answered with status 200 and %zu results, %zu of "
                     "them texts; expected %zu texts",
                     json_array_size(results), texts, request->messages.count);
}

static void read_results(struct dispatch_request *request, const json_t *results)
{
    size_t i = 0;
    for (struct outbox_message *m = request->messages.first; m; m = m->next) {
        const char *reason = json_string_value(json_array_get(results, i++));
        m->outcome = reason[0] ? OUTBOX_REFUSED : OUTBOX_ACCEPTED;
        text_add(&m->reason, reason);
    }
}

/* An event that is rejected by itself would be rejected again. */
static void read_rejection(struct dispatch_request *request, int status, const json_t *body)
{
    struct outbox_message *event = request->messages.first;
    if (separate(request))
        return;
    event->outcome = OUTBOX_REFUSED;
    text_printf(&event->reason, "answered with status %d: %s", status,
                json_string_or(body, "detail", "no reason given"));
}

static enum err report_problem(int status, const json_t *body, struct error *error)
{
    enum err code = problem_find(slice_of(outbox_message_problem_slug(body)));
    return error_set(error, code ? code : ERR_UNREACHABLE,
                     "POST " SAGA_APPEND_PATH " answered with status %d: %s", status,
                     body ? json_string_or(body, "detail", "no reason given") : "not JSON");
}

static enum err read_events(struct dispatch_request *request, const struct http_call_answer *answer,
                            struct error *error)
{
    AUTO(json) json_t *body = NULL;
    if (json_read(answer->body, &body, NULL))
        body = NULL;
    const json_t *results = json_object_get(body, SAGA_APPEND_RESULTS);
    /* An older `annal commands` has no such route. */
    bool has_route = answer->status != 404 && answer->status != 405;
    if (has_route && outbox_message_is_rejected(answer->status, body)) {
        read_rejection(request, answer->status, body);
        return OK;
    }
    if (answer->status != 200)
        return report_problem(answer->status, body, error);
    enum err err = check_results(request, results, error);
    if (!err)
        read_results(request, results);
    return err;
}

enum err dispatch_request_read(struct dispatch_request *request,
                               const struct http_call_answer *answer, struct error *error)
{
    enum err err = OK;
    if (request->kind == OUTBOX_EVENT && answer->status)
        return read_events(request, answer, error);
    if (!answer->status)
        err = error_set(error, ERR_UNREACHABLE, "cannot be reached: %s", answer->trouble);
    if (request->kind != OUTBOX_EVENT)
        read_endpoint(request, answer);
    return err;
}
