/* GET /streams/…: the events of a stream, its state, the streams of a category. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"
#include "api/negotiation.h"
#include "api/precondition.h"
#include "api/query_string.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "schema/cloudevent.h"
#include "write_model/event_read.h"
#include "write_model/state_read.h"

#include <stdio.h>

#define LIMIT_MOST      1000
#define LIMIT_DEFAULT   100
#define PAGE_MOST_BYTES ((size_t)4 * 1024 * 1024)

static struct slice stream_name(struct http_request *request)
{
    AUTO(text) struct text name = {0};
    text_add_slice(&name, request->parameter[0]);
    text_add_char(&name, '/');
    text_add_slice(&name, request->parameter[1]);
    return arena_copy(&request->arena, text_slice(&name));
}

/* True, and answered 304, if the client has this version already. */
static bool is_not_modified(struct http_request *request, int64_t version)
{
    char etag[24];
    snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
    http_answer_etag_version(request, version);
    if (!precondition_none_match_has(request, etag))
        return false;
    http_answer(request, 304, NULL);
    return true;
}

static void add_next_link(struct http_request *request, const char *target)
{
    AUTO(text) struct text link = {0};
    text_printf(&link, "<%s>; rel=\"next\"", target);
    http_answer_header(request, "Link", http_request_string(request, text_slice(&link)));
}

/* --- events ----------------------------------------------------------------------------------- */

struct page {
    struct slice stream;
    int64_t from, limit;
    enum read_direction direction;
};

static enum err read_page(struct http_request *request, struct page *ret, struct error *error)
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
    ret->stream = stream_name(request);
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

/* The forms of a page, as they stand in page_types. */
enum page_form { FORM_JSON, FORM_BATCH, FORM_NDJSON };
static const char *const page_types[] = {HTTP_JSON, HTTP_EVENTS, HTTP_NDJSON, NULL};

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
                       const struct event_batch *batch, int64_t version, enum page_form form)
{
    struct text *body = &request->answer.body;
    AUTO(text) struct text target = {0};
    int64_t next = next_from(page, batch, version);
    if (form == FORM_JSON)
        text_printf(body, "{\"stream\":\"%.*s\",\"version\":%lld,\"events\":", SLICE(page->stream),
                    (long long)version);
    write_events(batch, form, body);
    if (next) {
        write_next(page, next, &target);
        add_next_link(request, target.at);
    }
    if (next && form == FORM_JSON)
        text_printf(body, ",\"next\":\"%s\"", target.at);
    text_add(body, form == FORM_JSON ? "}" : "");
}

enum err stream_routes_events(struct http_request *request, struct error *error)
{
    struct command_endpoint *endpoint = command_endpoint_of(request);
    struct page page;
    struct event_log *log;
    int64_t version = 0;
    int form;
    AUTO(event_batch) struct event_batch batch = {0};
    enum err err = negotiation_choose(request, page_types, &form, error);
    if (!err)
        err = read_page(request, &page, error);
    if (!err)
        err = log_readers_take(endpoint->readers, &log, error);
    if (err)
        return err;
    struct read_limit limit = {(size_t)page.limit, PAGE_MOST_BYTES};
    err = event_read_stream(log, page.stream, page.from, page.direction, limit, &batch, &version,
                            error);
    log_readers_give_back(endpoint->readers, log);
    if (err)
        return err;
    if (is_not_modified(request, version))
        return OK;
    write_page(request, &page, &batch, version, (enum page_form)form);
    http_answer(request, 200, page_types[form]);
    return OK;
}

/* --- state ------------------------------------------------------------------------------------ */

struct moment {
    int64_t version, at_us; /* 0: now */
};

static enum err read_moment(struct http_request *request, struct moment *ret, struct error *error)
{
    static const char *const names[] = {"version", "at", NULL};
    struct query_string query;
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = query_string_int(&query, "version", 1, INT64_MAX, 0, &ret->version, error);
    if (err)
        return err;
    const struct slice *at = query_string_value(&query, "at");
    ret->at_us = 0;
    if (at && (!clock_parse(*at, &ret->at_us) || ret->at_us <= 0))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "at must be a time such as 2026-11-23T10:00:00Z");
    if (at && ret->version)
        return error_set(error, ERR_INVALID_PARAMETER, "version and at exclude each other");
    return OK;
}

static enum err find_aggregate(const struct http_request *request, const struct aggregate **ret,
                               struct error *error)
{
    *ret = aggregate_find(request->parameter[0].at);
    return *ret ? OK
                : error_set(error, ERR_NOT_FOUND,
                            "%s has no aggregate, so its streams have events but no state",
                            request->parameter[0].at);
}

static enum err read_state(struct http_request *request, const struct moment *moment,
                           json_t **ret_state, int64_t *ret_version, struct error *error)
{
    struct command_endpoint *endpoint = command_endpoint_of(request);
    const struct aggregate *aggregate;
    struct event_log *log;
    enum err err = find_aggregate(request, &aggregate, error);
    if (!err)
        err = log_readers_take(endpoint->readers, &log, error);
    if (err)
        return err;
    err = state_read(log, aggregate, request->parameter[1].at, moment->version, moment->at_us,
                     ret_state, ret_version, error);
    log_readers_give_back(endpoint->readers, log);
    if (!err && *ret_version < moment->version)
        err = error_set(error, ERR_NOT_FOUND, "the stream is at version %lld, not yet at %lld",
                        (long long)*ret_version, (long long)moment->version);
    return err;
}

enum err stream_routes_state(struct http_request *request, struct error *error)
{
    struct moment moment;
    AUTO(json) json_t *state = NULL;
    int64_t version = 0;
    enum err err = read_moment(request, &moment, error);
    if (!err)
        err = read_state(request, &moment, &state, &version, error);
    if (err || is_not_modified(request, version))
        return err;
    struct slice stream = stream_name(request);
    text_printf(&request->answer.body,
                "{\"stream\":\"%.*s\",\"version\":%lld,\"state\":", SLICE(stream),
                (long long)version);
    json_write(state, &request->answer.body);
    text_add_char(&request->answer.body, '}');
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

/* --- the streams of a category ---------------------------------------------------------------- */

struct listing {
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

static void write_next_cursor(struct http_request *request, const struct listing *listing,
                              int64_t limit)
{
    AUTO(text) struct text plain = {0}, cursor = {0}, target = {0};
    const char *category = request->parameter[0].at;
    text_printf(&plain, "%s/%s", category, listing->last_id.at);
    base64_encode_url(text_slice(&plain), &cursor);
    text_printf(&target, "/streams/%s?limit=%lld&cursor=%s", category, (long long)limit, cursor.at);
    text_printf(listing->body, ",\"next_cursor\":\"%s\"", cursor.at);
    add_next_link(request, target.at);
}

enum err stream_routes_list(struct http_request *request, struct error *error)
{
    static const char *const names[] = {"limit", "cursor", NULL};
    struct command_endpoint *endpoint = command_endpoint_of(request);
    struct query_string query;
    struct slice after;
    struct event_log *log;
    int64_t limit;
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &limit, error);
    if (!err)
        err = read_cursor(request, query_string_value(&query, "cursor"), &after, error);
    if (!err)
        err = log_readers_take(endpoint->readers, &log, error);
    if (err)
        return err;
    struct listing listing = {.body = &request->answer.body, .left = limit};
    text_add(listing.body, "{\"streams\":[");
    err = event_read_categories_streams(log, request->parameter[0], after, (size_t)limit + 1,
                                        add_stream, &listing, error);
    log_readers_give_back(endpoint->readers, log);
    text_add_char(listing.body, ']');
    if (listing.more)
        write_next_cursor(request, &listing, limit);
    text_add_char(listing.body, '}');
    text_finish(&listing.last_id);
    http_answer(request, 200, HTTP_JSON);
    return err;
}
