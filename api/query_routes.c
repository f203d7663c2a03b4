/* GET /read/{table}/{key…}, /read/{table} and /query/{name}. A row is read at once on the HTTP thread,
 * everything else on a worker. */
#include "api/page_cursor.h"
#include "api/precondition.h"
#include "api/query_string.h"
#include "api/read_request.h"
#include "base/pace.h"
#include "http/event_stream.h"
#include "http/http_answer.h"
#include "http/media_type.h"

#define HTTP_CSV "text/csv"

static struct read_side *side_of(const struct http_request *request)
{
    return query_endpoint_of(request)->options.side;
}

/* --- one row ---------------------------------------------------------------------------------- */

static enum err read_one(struct http_request *request, struct read_answer *answer,
                         struct error *error)
{
    return read_row(side_of(request), request->parameter[0].at, request->parameter + 1,
                    request->parameter_count - 1, answer, error);
}

static void add_etag(struct http_request *request, const struct read_answer *answer)
{
    http_answer(request, 200, HTTP_JSON);
    http_answer_header(request, "ETag", http_request_string(request, slice_of(answer->etag)));
    http_answer_header(request, "Cache-Control", "no-cache");
    if (precondition_none_match_has(request, answer->etag))
        http_answer(request, 304, NULL);
}

static enum err answer_row(struct http_request *request, struct error *error)
{
    AUTO(read_answer) struct read_answer answer = {0};
    const struct freshness *freshness;
    pace_urgent();
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = read_request_keep_freshness(request, &freshness, error);
    if (err)
        return err;
    err = read_request_read(request, freshness, read_one, &answer, error);
    if (read_request_conclude(request, freshness, err, &answer, error) == READ_DONE)
        add_etag(request, &answer);
    return OK;
}

enum err query_routes_row(struct http_request *request, struct error *error)
{
    static const char *const types[] = {HTTP_JSON, HTTP_EVENT_STREAM, NULL};
    int chosen;
    enum err err = media_type_negotiate(request, types, &chosen, error);
    if (err)
        return err;
    request->resume = chosen == 0 ? answer_row : live_routes_row;
    return request->resume(request, error);
}

/* --- lists and named queries ------------------------------------------------------------------ */

/* In the order of enum read_format. */
static const char *const many_types[] = {HTTP_JSON, HTTP_NDJSON, HTTP_CSV, HTTP_EVENT_STREAM, NULL};
#define CHOSEN_LIVE 3

static const char *content_type_of(enum read_format format)
{
    return format == READ_CSV ? HTTP_CSV "; charset=utf-8; header=present" : many_types[format];
}

static enum err answer_many(struct http_request *request, struct error *error)
{
    const struct read_call *call = read_request_call(request);
    (void)error;
    http_answer(request, 200, content_type_of(call->answer.format));
    http_answer_header(request, "Cache-Control", "no-store");
    if (call->answer.has_count && call->answer.format != READ_JSON) /* the body of JSON has it */
        http_answer_header_int(request, "Annal-Count", call->answer.count);
    if (call->answer.next.length && !request->answer.more)
        page_cursor_link(request, text_slice(&call->answer.next));
    return OK;
}

static enum err read_list_page(struct http_request *request, struct read_answer *answer,
                               struct error *error)
{
    const struct query_string *query = &read_request_call(request)->query;
    return read_list(side_of(request), request->parameter[0].at, query->parameter, query->count,
                     answer, error);
}

static enum err read_named(struct http_request *request, struct read_answer *answer,
                           struct error *error)
{
    const struct query_string *query = &read_request_call(request)->query;
    return read_query(side_of(request), request->parameter[0].at, query->parameter, query->count,
                      answer, error);
}

static enum err answer_export(struct http_request *request, struct error *error)
{
    read_export_continue(request);
    return answer_many(request, error);
}

enum err query_routes_list(struct http_request *request, struct error *error)
{
    struct read_call *call;
    int chosen;
    enum err err = media_type_negotiate(request, many_types, &chosen, error);
    if (!err)
        err = read_request_create_call(request, read_list_page, &call, error);
    if (err)
        return err;
    if (chosen == CHOSEN_LIVE)
        return live_routes_many(request, LIVE_LIST, error);
    call->answer.format = (enum read_format)chosen;
    call->answer_with = answer_many;
    if (call->answer.format != READ_JSON) {
        read_export_begin(request);
        call->answer_with = answer_export;
    }
    return read_request_start_call(request, error);
}

enum err query_routes_named(struct http_request *request, struct error *error)
{
    struct read_call *call;
    int chosen;
    enum err err = media_type_negotiate(request, many_types, &chosen, error);
    if (!err)
        err = read_request_create_call(request, read_named, &call, error);
    if (err)
        return err;
    if (chosen == CHOSEN_LIVE)
        return live_routes_many(request, LIVE_QUERY, error);
    call->answer.format = (enum read_format)chosen;
    call->answer_with = answer_many;
    return read_request_start_call(request, error);
}
