/* GET /read/{table}/{key…}, /read/{table} and /query/{name}: rows as the read side gives them. */
#include "api/http_answer.h"
#include "api/precondition.h"
#include "api/query_string.h"
#include "api/read_export.h"
#include "api/read_request.h"

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
    http_answer_header(request, "ETag", http_request_string(request, slice_of(answer->etag)));
    http_answer_header(request, "Cache-Control", "no-cache");
    if (!precondition_none_match_has(request, answer->etag))
        return;
    text_clear(&request->answer.body);
    http_answer(request, 304, NULL);
}

static const struct model *model_of_table(struct http_request *request)
{
    return read_side_model_of_table(side_of(request), request->parameter[0].at, NULL);
}

enum err query_routes_row(struct http_request *request, struct error *error)
{
    AUTO(read_answer) struct read_answer answer = {0};
    bool read = false;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = read_request_run(request, model_of_table(request), read_one, &answer, &read, error);
    if (read)
        add_etag(request, &answer);
    return err;
}

/* --- lists and named queries ------------------------------------------------------------------ */

/* The query string, kept over a wait. */
static enum err parameters_of(struct http_request *request, const struct query_string **ret,
                              struct error *error)
{
    if (!request->state) {
        struct query_string *query = arena_allocate(&request->arena, sizeof *query);
        enum err err = query_string_read(request, query, error);
        if (err)
            return err;
        request->state = query;
    }
    *ret = request->state;
    return OK;
}

static enum err read_many(struct http_request *request, struct read_answer *answer,
                          struct error *error)
{
    const struct query_string *query = request->state;
    return read_list(side_of(request), request->parameter[0].at, query->parameter, query->count,
                     answer, error);
}

static enum err read_named(struct http_request *request, struct read_answer *answer,
                           struct error *error)
{
    const struct query_string *query = request->state;
    return read_query(side_of(request), request->parameter[0].at, query->parameter, query->count,
                      answer, error);
}

/* The same request with another cursor. */
static void add_next_link(struct http_request *request, const struct query_string *query,
                          struct slice cursor)
{
    AUTO(text) struct text link = {0};
    text_printf(&link, "<%.*s?", SLICE(request->path));
    for (size_t i = 0; i < query->count; i++) {
        if (slice_is(query->parameter[i].name, "cursor"))
            continue;
        text_percent_encode(query->parameter[i].name, &link);
        text_add_char(&link, '=');
        text_percent_encode(query->parameter[i].value, &link);
        text_add_char(&link, '&');
    }
    text_add(&link, "cursor=");
    text_percent_encode(cursor, &link);
    text_add(&link, ">; rel=\"next\"");
    http_answer_header(request, "Link", http_request_string(request, text_slice(&link)));
}

static enum err run_many(struct http_request *request, const struct model *model, read_fn *read,
                         struct error *error)
{
    AUTO(read_answer) struct read_answer answer = {0};
    const struct query_string *query = NULL;
    bool was_read = false;
    enum err err = parameters_of(request, &query, error);
    if (!err)
        err = read_request_run(request, model, read, &answer, &was_read, error);
    if (!was_read)
        return err;
    http_answer_header(request, "Cache-Control", "no-store");
    if (answer.next.length)
        add_next_link(request, query, text_slice(&answer.next));
    return OK;
}

enum err query_routes_list(struct http_request *request, struct error *error)
{
    enum read_format format;
    enum err err = read_export_choose(request, &format, error);
    if (err)
        return err;
    return format == READ_FORMAT_JSON
               ? run_many(request, model_of_table(request), read_many, error)
               : read_export_run(request, model_of_table(request), format, error);
}

enum err query_routes_named(struct http_request *request, struct error *error)
{
    const struct model *model =
        read_side_model_of_query(side_of(request), request->parameter[0].at, NULL);
    return run_many(request, model, read_named, error);
}
