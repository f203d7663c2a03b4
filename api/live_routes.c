/* GET /read/{table}/{key…}, /read/{table} and /query/{name} as server-sent events: the answer, and again whenever it
 * changes. A row that does not exist is null. The first answer is read like any other, so that a wrong
 * request gets the usual problem; if another client already listens to the same, its answer is used.
 */

#include "api/live.h"
#include "api/read_request.h"
#include "base/encoding.h"
#include "http/event_stream.h"
#include "http/http_answer.h"

/* `answer` is what was read, with its body in the request's answer; NULL if it is known already. */
static enum err listen_to(struct live *live, struct http_request *request,
                          struct live_question *question, const struct read_answer *answer,
                          struct error *error)
{
    enum err err = OK;
    if (request->answer.no_room)
        return OK; /* the server answers so */
    if (answer)
        question->model = answer->model;
    if (strcmp(request->method, "HEAD") != 0)
        err =
            live_listen(live, request, question, answer, text_slice(&request->answer.body), error);
    if (!err)
        event_stream_answer(request);
    return err;
}

/* A client that wants a position gets its first answer from a read that has waited for it. */
static bool is_known(struct live *live, struct http_request *request,
                     struct live_question *question)
{
    int64_t position;
    if (http_request_header(request, HTTP_ANNAL_MIN_POSITION) ||
        !live_find_known(live, question, &position))
        return false;
    http_answer_header_int(request, "Annal-Position", position);
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum err read_one(struct http_request *request, struct read_answer *answer,
                         struct error *error)
{
    return live_read_row(query_endpoint_of(request)->options.side, request->parameter[0].at,
                         request->parameter + 1, request->parameter_count - 1, answer, error);
}

/* The same text however the URL was encoded. */
static struct slice name_row(struct http_request *request)
{
    AUTO(text) struct text whole = {0};
    for (size_t i = 0; i < request->parameter_count; i++) {
        text_add_char(&whole, '/');
        encoding_write_percent(request->parameter[i], &whole);
    }
    return arena_copy(&request->arena, text_slice(&whole));
}

static void ask_for_row(struct http_request *request, struct live_question *question)
{
    size_t count = request->parameter_count - 1;
    struct read_parameter *key = arena_allocate(&request->arena, (count + 1) * sizeof *key);
    for (size_t i = 0; i < count; i++)
        key[i] = (struct read_parameter){slice_of(""), request->parameter[i + 1]};
    *question = (struct live_question){.whole = name_row(request),
                                       .name = request->parameter[0].at,
                                       .parameters = key,
                                       .count = count};
}

static enum err read_and_listen(struct http_request *request, struct live_question *question,
                                struct error *error)
{
    struct query_endpoint *endpoint = query_endpoint_of(request);
    AUTO(read_answer) struct read_answer answer = {0};
    const struct freshness *freshness;
    enum err err = read_request_keep_freshness(request, &freshness, error);
    if (err)
        return err;
    err = read_request_read(request, freshness, read_one, &answer, error);
    if (read_request_conclude(request, freshness, err, &answer, error) != READ_DONE)
        return OK;
    return listen_to(endpoint->live_rows, request, question, &answer, error);
}

enum err live_routes_row(struct http_request *request, struct error *error)
{
    struct query_endpoint *endpoint = query_endpoint_of(request);
    struct live_question question;
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    ask_for_row(request, &question);
    if (is_known(endpoint->live_rows, request, &question))
        return listen_to(endpoint->live_rows, request, &question, NULL, error);
    return read_and_listen(request, &question, error);
}

/* --- lists and named queries ------------------------------------------------------------------ */

static int compare_names(struct slice left, struct slice right)
{
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = memcmp(left.at, right.at, shorter);
    return order ? order : (left.length > right.length) - (left.length < right.length);
}

/* Stable, because the order of repeated parameters counts: `sort=a&sort=b` is `sort=a,b`. */
static void sort_by_name(struct query_string *query)
{
    for (size_t i = 1; i < query->count; i++) {
        struct read_parameter moved = query->parameter[i];
        size_t to = i;
        for (; to > 0 && compare_names(query->parameter[to - 1].name, moved.name) > 0; to--)
            query->parameter[to] = query->parameter[to - 1];
        query->parameter[to] = moved;
    }
}

/* The same text however the URL was encoded, and whatever the order of its parameters. */
static struct slice name_many(struct http_request *request, enum live_kind kind)
{
    AUTO(text) struct text whole = {0};
    struct query_string sorted = read_request_call(request)->query;
    sort_by_name(&sorted);
    text_add(&whole, kind == LIVE_LIST ? "/read/" : "/query/");
    encoding_write_percent(request->parameter[0], &whole);
    for (size_t i = 0; i < sorted.count; i++) {
        text_add_char(&whole, i ? '&' : '?');
        encoding_write_percent(sorted.parameter[i].name, &whole);
        text_add_char(&whole, '=');
        encoding_write_percent(sorted.parameter[i].value, &whole);
    }
    return arena_copy(&request->arena, text_slice(&whole));
}

static struct live_question *ask_for_many(struct http_request *request, enum live_kind kind)
{
    const struct read_call *call = read_request_call(request);
    struct live_question *question = arena_allocate(&request->arena, sizeof *question);
    *question = (struct live_question){.kind = kind,
                                       .whole = name_many(request, kind),
                                       .name = request->parameter[0].at,
                                       .parameters = call->query.parameter,
                                       .count = call->query.count};
    return question;
}

/* The row after which a page begins may change or go, so only the first page can be followed. */
static enum err refuse_cursor(const struct query_string *query, struct error *error)
{
    if (!query_string_value(query, "cursor"))
        return OK;
    return error_set(
        error, ERR_INVALID_PARAMETER,
        "cursor: a live list is always the first page; omit cursor, or send the request "
        "without text/event-stream");
}

/* The call ends here; from now on the request is a listener's. */
static enum err listen_to_many(struct http_request *request, struct error *error)
{
    const struct read_call *call = read_request_call(request);
    AUTO(read_answer) struct read_answer answer = call->answer;
    request->finish = NULL;
    return listen_to(query_endpoint_of(request)->live_queries, request, call->state, &answer,
                     error);
}

enum err live_routes_many(struct http_request *request, enum live_kind kind, struct error *error)
{
    struct live *live = query_endpoint_of(request)->live_queries;
    struct read_call *call = read_request_call(request);
    enum err err = kind == LIVE_LIST ? refuse_cursor(&call->query, error) : OK;
    if (err)
        return err;
    struct live_question *question = ask_for_many(request, kind);
    if (is_known(live, request, question))
        return listen_to(live, request, question, NULL, error);
    call->state = question;
    call->answer_with = listen_to_many;
    return read_request_start_call(request, error);
}
