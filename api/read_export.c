/* The first page is read like any list, so that a wrong request gets the usual problem. An error in a
 * later page can only cut the answer short: then its last chunk is missing. */
#include "api/read_request.h"

#include "base/log.h"
#include "http/http_answer.h"

/* Without an index in that order, each page reads the whole table, so pages are large. */
#define PAGE_ROWS       10000
#define PAGE_MOST_BYTES ((size_t)2 * 1024 * 1024)

struct read_export {
    struct read_parameter parameter[QUERY_PARAMETERS_MOST + 1]; /* the request's, cursor */
    size_t count;
    struct slice *cursor; /* where the next page begins; NULL: the list is at its beginning */
    struct text cursor_text;
    int64_t rows_left; /* -1: no limit was given */
    bool failed;
};

static struct read_export *export_of(const struct http_request *request)
{
    return read_request_call(request)->state;
}

static void finish(struct http_request *request)
{
    text_finish(&export_of(request)->cursor_text);
}

static struct slice *find(struct read_export *export, const char *name)
{
    for (size_t i = 0; i < export->count; i++)
        if (slice_is(export->parameter[i].name, name))
            return &export->parameter[i].value;
    return NULL;
}

/* The more memory slow readers hold, the smaller the pages. */
static void set_page(struct http_request *request, const struct read_export *export,
                     struct read_answer *answer)
{
    bool ends = export->rows_left >= 0 && export->rows_left < PAGE_ROWS;
    size_t bytes = http_server_page_bytes(request);
    answer->page_rows = ends ? export->rows_left : PAGE_ROWS;
    answer->page_bytes = bytes < PAGE_MOST_BYTES ? bytes : PAGE_MOST_BYTES;
    if (answer->body.capacity / 2 > answer->page_bytes)
        text_finish(&answer->body); /* of a page that was larger */
}

/* On a worker. */
static enum err read_page(struct http_request *request, struct read_answer *answer,
                          struct error *error)
{
    const struct read_export *export = export_of(request);
    set_page(request, export, answer);
    return read_list(query_endpoint_of(request)->options.side, request->parameter[0].at,
                     export->parameter, export->count, answer, error);
}

void read_export_begin(struct http_request *request)
{
    struct read_call *call = read_request_call(request);
    struct read_export *export = arena_allocate(&request->arena, sizeof *export);
    *export = (struct read_export){.count = call->query.count, .rows_left = -1};
    memcpy(export->parameter, call->query.parameter, export->count * sizeof *export->parameter);
    const struct slice *limit = find(export, "limit");
    export->cursor = find(export, "cursor");
    if (limit && !slice_read_int(*limit, &export->rows_left))
        export->rows_left = 0; /* the read reports it */
    call->read = read_page;
    call->state = export;
    call->finish = finish;
}

/* After a page: sets where the next one begins. False at the end. */
static bool move_on(struct read_call *call, struct read_export *export)
{
    if (export->rows_left >= 0)
        export->rows_left -= (int64_t)call->answer.rows;
    if (!call->answer.next.length || export->rows_left == 0)
        return false;
    struct text before = export->cursor_text;
    export->cursor_text = call->answer.next;
    call->answer.next = before;
    text_clear(&call->answer.next);
    if (!export->cursor) {
        export->parameter[export->count].name = slice_of("cursor");
        export->cursor = &export->parameter[export->count++].value;
    }
    *export->cursor = text_slice(&export->cursor_text);
    return true;
}

/* On a worker: one more page, into the request's answer. */
static bool read_more(struct http_request *request)
{
    struct read_call *call = read_request_call(request);
    struct read_export *export = export_of(request);
    static const struct freshness any = {0};
    call->answer.continues = true;
    enum err err = read_request_read(request, &any, read_page, &call->answer, &call->error);
    if (!err)
        return true;
    log_warning("%s %.*s: response cut short: %s", request->method, SLICE(request->path),
                call->error.text);
    text_clear(&request->answer.body);
    export->failed = true;
    return true;
}

static enum http_more write_more(struct http_request *request, struct text *out)
{
    (void)out; /* a worker writes there */
    struct read_call *call = read_request_call(request);
    struct read_export *export = export_of(request);
    if (export->failed)
        return HTTP_MORE_FAILED;
    if (!move_on(call, export))
        return HTTP_MORE_END;
    call->job = (struct read_job){.request = request, .run = read_more};
    read_workers_submit_more(query_endpoint_of(request)->workers, &call->job);
    return HTTP_MORE_SUSPENDED;
}

void read_export_continue(struct http_request *request)
{
    const struct read_call *call = read_request_call(request);
    if (call->answer.next.length && (int64_t)call->answer.rows != export_of(request)->rows_left)
        request->answer.more = write_more;
}
