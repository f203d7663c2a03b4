/* GET /streams/{category}: its streams, a page of them. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"
#include "api/log_call.h"
#include "api/stream_answer.h"
#include "base/base64.h"
#include "write_model/event_read.h"

#define LIMIT_MOST    1000
#define LIMIT_DEFAULT 100

struct listing {
    struct log_call call;
    struct slice after;
    int64_t limit;
    struct text *body;
    struct text last_id;
    int64_t left; /* how many more fit on the page */
    bool more;
};

static void add_stream(void *context, struct slice id, int64_t version)
{
    struct listing *listing = context;
    if (listing->left-- <= 0) {
        listing->more = true;
        return;
    }
    text_printf(listing->body, "%s{\"id\":\"%.*s\",\"version\":%lld}",
                listing->last_id.length ? "," : "", SLICE(id), (long long)version);
    text_clear(&listing->last_id);
    text_add_slice(&listing->last_id, id);
}

/* A cursor is "category/id" of the last stream shown, so that it is bound to its category. */
static enum err read_cursor(struct http_request *request, const struct slice *cursor,
                            struct slice *ret_after, struct error *error)
{
    AUTO(text) struct text decoded = {0};
    struct slice category = request->parameter[0];
    *ret_after = slice_of("");
    if (!cursor)
        return OK;
    if (!base64_decode(*cursor, &decoded) || decoded.length <= category.length ||
        memcmp(decoded.at, category.at, category.length) != 0 || decoded.at[category.length] != '/')
        return error_set(error, ERR_INVALID_CURSOR,
                         "this cursor is not one of the streams of %s; begin without one",
                         category.at);
    *ret_after = arena_copy(&request->arena, (struct slice){decoded.at + category.length + 1,
                                                            decoded.length - category.length - 1});
    return OK;
}

static void write_next_cursor(struct http_request *request, const struct listing *listing)
{
    AUTO(text) struct text plain = {0}, cursor = {0}, target = {0};
    const char *category = request->parameter[0].at;
    text_printf(&plain, "%s/%s", category, listing->last_id.at);
    base64_encode_url(text_slice(&plain), &cursor);
    text_printf(&target, "/streams/%s?limit=%lld&cursor=%s", category, (long long)listing->limit,
                cursor.at);
    text_printf(listing->body, ",\"next_cursor\":\"%s\"", cursor.at);
    stream_answer_next(request, target.at);
}

/* On a worker. */
static enum err read_streams(struct http_request *request, struct event_log *log,
                             struct error *error)
{
    struct listing *listing = request->state;
    listing->body = &request->answer.body;
    listing->left = listing->limit;
    text_add(listing->body, "{\"streams\":[");
    enum err err =
        event_read_categories_streams(log, request->parameter[0], listing->after,
                                      (size_t)listing->limit + 1, add_stream, listing, error);
    text_add_char(listing->body, ']');
    if (!err && listing->more)
        write_next_cursor(request, listing);
    text_add_char(listing->body, '}');
    http_answer(request, 200, HTTP_JSON);
    return err;
}

static void finish(struct http_request *request)
{
    text_finish(&((struct listing *)request->state)->last_id);
}

enum err category_routes_streams(struct http_request *request, struct error *error)
{
    static const char *const names[] = {"limit", "cursor", NULL};
    struct listing *listing = arena_allocate(&request->arena, sizeof *listing);
    struct query_string query;
    *listing = (struct listing){.call = {.read = read_streams}};
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err =
            query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &listing->limit, error);
    if (!err)
        err = read_cursor(request, query_string_value(&query, "cursor"), &listing->after, error);
    if (err)
        return err;
    request->finish = finish;
    return log_call_start(request, &listing->call, error);
}
