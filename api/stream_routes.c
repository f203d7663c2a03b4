/* GET /streams/{category}/{id}: the events of a stream, a page of them. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"
#include "api/log_call.h"
#include "api/negotiation.h"
#include "api/stream_answer.h"
#include "schema/cloudevent.h"
#include "write_model/event_read.h"

#define LIMIT_MOST    1000
#define LIMIT_DEFAULT 100

/* The forms of a page, as they stand in page_types. */
enum page_form { FORM_JSON, FORM_BATCH, FORM_NDJSON };
static const char *const page_types[] = {HTTP_JSON, HTTP_EVENTS, HTTP_NDJSON, NULL};

struct page {
    struct log_call call;
    struct slice stream;
    int64_t from, limit;
    enum read_direction direction;
    enum page_form form;
};

static enum err read_parameters(struct http_request *request, struct page *ret, struct error *error)
{
    static const char *const names[] = {"from", "limit", "direction", NULL};
    struct query_string query;
    enum err err = query_string_read_known(request, names, &query, error);
    if (err)
        return err;
    const struct slice *direction = query_string_value(&query, "direction");
    bool backward = direction && slice_is(*direction, "backward");
    if (direction && !backward && !slice_is(*direction, "forward"))
        return error_set(error, ERR_INVALID_PARAMETER, "direction must be forward or backward");
    ret->stream = stream_answer_name(request);
    ret->direction = backward ? READ_BACKWARD : READ_FORWARD;
    err =
        query_string_int(&query, "from", 1, INT64_MAX, backward ? INT64_MAX : 1, &ret->from, error);
    return err ? err
               : query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &ret->limit,
                                  error);
}

/* The version the next page begins at, or 0 at the end. */
static int64_t next_from(const struct page *page, const struct event_batch *batch, int64_t version)
{
    if (batch->count == 0)
        return 0;
    int64_t last = batch->events[batch->count - 1].version;
    if (page->direction == READ_BACKWARD)
        return last - 1;
    return last < version ? last + 1 : 0;
}

static void write_events(const struct event_batch *batch, enum page_form form, struct text *body)
{
    text_add(body, form == FORM_NDJSON ? "" : "[");
    for (size_t i = 0; i < batch->count; i++) {
        if (i && form != FORM_NDJSON)
            text_add_char(body, ',');
        cloudevent_write(&batch->events[i], body);
        if (form == FORM_NDJSON)
            text_add_char(body, '\n');
    }
    text_add(body, form == FORM_NDJSON ? "" : "]");
}

static void write_next(const struct page *page, int64_t next, struct text *out)
{
    text_printf(out, "/streams/%.*s?from=%lld&limit=%lld%s", SLICE(page->stream), (long long)next,
                (long long)page->limit,
                page->direction == READ_BACKWARD ? "&direction=backward" : "");
}

static void write_page(struct http_request *request, const struct page *page,
                       const struct event_batch *batch, int64_t version)
{
    struct text *body = &request->answer.body;
    AUTO(text) struct text target = {0};
    int64_t next = next_from(page, batch, version);
    if (page->form == FORM_JSON)
        text_printf(body, "{\"stream\":\"%.*s\",\"version\":%lld,\"events\":", SLICE(page->stream),
                    (long long)version);
    write_events(batch, page->form, body);
    if (next) {
        write_next(page, next, &target);
        stream_answer_next(request, target.at);
    }
    if (next && page->form == FORM_JSON)
        text_printf(body, ",\"next\":\"%s\"", target.at);
    text_add(body, page->form == FORM_JSON ? "}" : "");
}

/* On a worker. */
static enum err read_page(struct http_request *request, struct event_log *log, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    const struct page *page = request->state;
    struct read_limit limit = {(size_t)page->limit, page->call.page_bytes};
    int64_t version = 0;
    enum err err = event_read_stream(log, page->stream, page->from, page->direction, limit, &batch,
                                     &version, error);
    if (err || stream_answer_not_modified(request, version))
        return err;
    write_page(request, page, &batch, version);
    http_answer(request, 200, page_types[page->form]);
    return OK;
}

enum err stream_routes_events(struct http_request *request, struct error *error)
{
    struct page *page = arena_allocate(&request->arena, sizeof *page);
    int form;
    *page = (struct page){.call.read = read_page};
    enum err err = negotiation_choose(request, page_types, &form, error);
    if (!err)
        err = read_parameters(request, page, error);
    if (err)
        return err;
    page->form = (enum page_form)form;
    return log_call_start(request, &page->call, error);
}
