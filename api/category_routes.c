/* GET /streams/{category}: its streams, page by page. */
#include "api/command_context.h"
#include "api/log_call.h"
#include "api/page_cursor.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "event_store/event_store.h"
#include "http/http_answer.h"

#define LIMIT_MOST    1000
#define LIMIT_DEFAULT 100

struct listing {
    struct log_call call;
    struct slice after;
    int64_t limit;
    struct text *body;
    struct text last_id;
    int64_t left; /* remaining number for the page */
    bool more;
};

static void add_stream(void *context, struct slice id, int64_t version)
{
    struct listing *listing = context;
    if (listing->left-- <= 0) {
        listing->more = true;
        return;
    }
    json_text_begin(listing->body, NULL, '{');
    json_text_string(listing->body, "id", id);
    json_text_int(listing->body, "version", version);
    text_add_char(listing->body, '}');
    text_clear(&listing->last_id);
    text_add_slice(&listing->last_id, id);
}

/* A cursor holds the id of the last stream shown. */
static uint64_t asked_of(const struct http_request *request)
{
    return hash_bytes(hash_bytes(0, slice_of("streams")), request->parameter[0]);
}

static void write_next_cursor(struct http_request *request, const struct listing *listing)
{
    struct column_value last = {.kind = COLUMN_TEXT, .bytes = text_slice(&listing->last_id)};
    AUTO(text) struct text cursor = {0};
    page_cursor_write(request, asked_of(request), &last, &cursor);
    json_text_string(listing->body, "next_cursor", text_slice(&cursor));
}

/* On a worker. */
static enum err read_streams(struct http_request *request, struct event_store *log,
                             struct error *error)
{
    struct listing *listing = request->state;
    listing->body = &request->answer.body;
    listing->left = listing->limit;
    text_add_char(listing->body, '{');
    json_text_begin(listing->body, "streams", '[');
    enum err err = event_store_streams_of(log, request->parameter[0], listing->after,
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
    struct column_value after = {.bytes = slice_of("")};
    *listing = (struct listing){.call = {.read = read_streams}};
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err =
            query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &listing->limit, error);
    if (!err)
        err = page_cursor_read(request, &query, asked_of(request), COLUMN_TEXT, &after, error);
    if (err)
        return err;
    listing->after = after.bytes;
    request->finish = finish;
    return log_call_start(request, &listing->call, error);
}
