/* The first page is read like any list, so that what is wrong with the request is told as ever; the
 * rest is read while the answer is being sent. An error then can only cut the answer short. */
#include "api/read_export.h"

#include "api/http_answer.h"
#include "api/media_type.h"
#include "api/query_string.h"
#include "api/read_page.h"
#include "base/log.h"

#define HTTP_CSV "text/csv"

struct read_export {
    enum read_format format;
    struct read_parameter parameter[QUERY_PARAMETERS_MOST + 2];
    size_t count;
    bool limited; /* one page only */
    struct read_answer page;
};

enum err read_export_choose(const struct http_request *request, enum read_format *ret_format,
                            struct error *error)
{
    const char *accept = http_request_header(request, HTTP_ACCEPT);
    *ret_format = READ_FORMAT_JSON;
    if (!accept || media_type_names(accept, HTTP_JSON))
        return OK;
    if (media_type_names(accept, HTTP_NDJSON))
        *ret_format = READ_FORMAT_NDJSON;
    else if (media_type_names(accept, HTTP_CSV))
        *ret_format = READ_FORMAT_CSV;
    else if (!media_type_accepts(accept, HTTP_JSON))
        return error_set(error, ERR_NOT_ACCEPTABLE,
                         "lists are to be had as application/json, application/x-ndjson and "
                         "text/csv");
    return OK;
}

static void finish(struct http_request *request)
{
    struct read_export *export = request->state;
    read_answer_finish(&export->page);
}

/* The request's parameters but the cursor, and all the rows a page can have. */
static enum err begin(struct http_request *request, enum read_format format, struct error *error)
{
    struct query_string query;
    enum err err = query_string_read(request, &query, error);
    if (err)
        return err;
    struct read_export *export = arena_allocate(&request->arena, sizeof *export);
    *export = (struct read_export){.format = format};
    export->limited = query_string_value(&query, "limit");
    memcpy(export->parameter, query.parameter, query.count * sizeof *query.parameter);
    export->count = query.count;
    if (!export->limited)
        export->parameter[export->count++] =
            (struct read_parameter){slice_of("limit"), slice_of("1000")};
    request->state = export;
    request->finish = finish;
    return OK;
}

static enum err read_page(struct http_request *request, struct read_answer *answer,
                          struct error *error)
{
    const struct read_export *export = request->state;
    return read_list(query_endpoint_of(request)->options.side, request->parameter[0].at,
                     export->parameter, export->count, answer, error);
}

static void set_cursor(struct read_export *export, struct slice cursor)
{
    size_t at = 0;
    while (at < export->count && !slice_is(export->parameter[at].name, "cursor"))
        at++;
    export->parameter[at] = (struct read_parameter){slice_of("cursor"), cursor};
    if (at == export->count)
        export->count++;
}

/* What a table's rows have, separated by commas: the fields asked for, or all columns. */
static void write_names(const struct read_export *export, const struct model *model,
                        const char *table, struct text *out)
{
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    for (size_t i = 0; i < export->count; i++)
        if (slice_is(export->parameter[i].name, "fields"))
            text_add_slice(out, export->parameter[i].value);
    for (size_t i = 0; i < count && !out->length; i++)
        if (strcmp(tables[i].name, table) == 0)
            for (size_t j = 0; j < tables[i].column_count; j++)
                text_printf(out, "%s%s", j ? "," : "", tables[i].columns[j].name);
}

/* `names` only in front of the first page. */
static void write_page(const struct read_export *export, struct slice page, struct slice names,
                       struct text *out)
{
    if (export->format == READ_FORMAT_NDJSON)
        read_page_write_lines(page, out);
    else
        read_page_write_csv(page, names, out);
}

/* While the answer is being sent: one more page. */
static enum http_more write_more(struct http_request *request, struct text *out)
{
    struct read_export *export = request->state;
    struct error error = {0};
    if (!export->page.next.length || export->limited)
        return HTTP_MORE_END;
    AUTO(text) struct text cursor = export->page.next;
    export->page.next = (struct text){0};
    set_cursor(export, text_slice(&cursor));
    if (read_page(request, &export->page, &error) != OK) {
        log_warning("%s %.*s: cut short: %s", request->method, SLICE(request->path), error.text);
        return HTTP_MORE_FAILED;
    }
    write_page(export, text_slice(&export->page.body), slice_of(""), out);
    return HTTP_MORE_PIECE;
}

static void answer_first_page(struct http_request *request, const struct model *model)
{
    struct read_export *export = request->state;
    AUTO(text) struct text first = request->answer.body;
    AUTO(text) struct text names = {0};
    request->answer.body = (struct text){0};
    write_names(export, model, request->parameter[0].at, &names);
    write_page(export, text_slice(&first), text_slice(&names), &request->answer.body);
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200,
                export->format == READ_FORMAT_NDJSON ? HTTP_NDJSON
                                                     : HTTP_CSV "; charset=utf-8; header=present");
    request->answer.more = write_more;
}

enum err read_export_run(struct http_request *request, const struct model *model,
                         enum read_format format, struct error *error)
{
    bool read = false;
    enum err err = request->state ? OK : begin(request, format, error);
    if (err)
        return err;
    struct read_export *export = request->state;
    err = read_request_run(request, model, read_page, &export->page, &read, error);
    if (read)
        answer_first_page(request, model);
    return err;
}
