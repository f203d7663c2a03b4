/* GET /streams/{category}/{id}: the events of a stream, page by page; and GET …/state: the state after
 * them, now or at an earlier time. */
#include "api/command_context.h"
#include "api/log_call.h"
#include "api/page_cursor.h"
#include "api/precondition.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_text.h"
#include "event_store/event_store.h"
#include "http/http_answer.h"
#include "http/media_type.h"
#include "schema/cloudevent.h"
#include "write_model/state_fold.h"

#include <stdio.h>

#define LIMIT_MOST    1000
#define LIMIT_DEFAULT 100

/* "account/ACC-1", from the path, so that it needs no escaping; lives as long as the request. */
static struct slice stream_name(struct http_request *request)
{
    AUTO(text) struct text name = {0};
    text_add_slice(&name, request->parameter[0]);
    text_add_char(&name, '/');
    text_add_slice(&name, request->parameter[1]);
    return arena_copy(&request->arena, text_slice(&name));
}

/* Sets the ETag. If the client has this version, answers 304 and returns true. */
static bool answer_not_modified(struct http_request *request, int64_t version)
{
    char etag[24];
    snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
    http_answer_etag_version(request, version);
    if (!precondition_none_match_has(request, etag))
        return false;
    http_answer(request, 304, NULL);
    return true;
}

/* --- events ------------------------------------------------------------------------------------ */

/* The forms of a page, in the order of page_types. */
enum page_form { FORM_JSON, FORM_BATCH, FORM_NDJSON };
static const char *const page_types[] = {HTTP_JSON, HTTP_EVENTS, HTTP_NDJSON, NULL};

struct page {
    struct log_call call;
    struct slice stream;
    int64_t from, limit;
    enum read_direction direction;
    enum page_form form;
};

/* A cursor holds the version at which the next page begins. */
static uint64_t asked_of(const struct page *page)
{
    uint64_t asked = hash_bytes(hash_bytes(0, slice_of("stream")), page->stream);
    return hash_bytes(asked, slice_of(page->direction == READ_BACKWARD ? "backward" : "forward"));
}

static enum err read_parameters(struct http_request *request, struct page *ret, struct error *error)
{
    static const char *const names[] = {"from", "limit", "direction", "cursor", NULL};
    struct query_string query;
    enum err err = query_string_read_known(request, names, &query, error);
    if (err)
        return err;
    const struct slice *direction = query_string_value(&query, "direction");
    bool backward = direction && slice_is(*direction, "backward");
    if (direction && !backward && !slice_is(*direction, "forward"))
        return error_set(error, ERR_INVALID_PARAMETER, "direction: must be forward or backward");
    ret->stream = stream_name(request);
    ret->direction = backward ? READ_BACKWARD : READ_FORWARD;
    err =
        query_string_int(&query, "from", 1, INT64_MAX, backward ? INT64_MAX : 1, &ret->from, error);
    if (!err)
        err = query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &ret->limit, error);
    struct column_value from = {.integer = ret->from};
    if (!err)
        err = page_cursor_read(request, &query, asked_of(ret), COLUMN_INTEGER, &from, error);
    ret->from = from.integer;
    return err;
}

/* The version at which the next page begins; 0 at the end. */
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
        json_text_next(body);
        cloudevent_write(&batch->events[i], body);
        if (form == FORM_NDJSON)
            text_add_char(body, '\n');
    }
    text_add(body, form == FORM_NDJSON ? "" : "]");
}

static void write_page(struct http_request *request, const struct page *page,
                       const struct event_batch *batch, int64_t version)
{
    struct text *body = &request->answer.body;
    AUTO(text) struct text cursor = {0};
    struct column_value next = {.kind = COLUMN_INTEGER, .integer = next_from(page, batch, version)};
    if (page->form == FORM_JSON) {
        text_add_char(body, '{');
        json_text_string(body, "stream", page->stream);
        json_text_int(body, "version", version);
        json_text_name(body, "events");
    }
    write_events(batch, page->form, body);
    if (next.integer)
        page_cursor_write(request, asked_of(page), &next, &cursor);
    if (page->form == FORM_JSON && cursor.length)
        json_text_string(body, "next_cursor", text_slice(&cursor));
    text_add(body, page->form == FORM_JSON ? "}" : "");
}

/* On a worker. */
static enum err read_page(struct http_request *request, struct event_store *log,
                          struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    const struct page *page = request->state;
    struct read_limit limit = {(size_t)page->limit, page->call.page_bytes};
    int64_t version = 0;
    enum err err = event_store_read_stream(log, page->stream, page->from, page->direction, limit,
                                           &batch, &version, error);
    if (err || answer_not_modified(request, version))
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
    enum err err = media_type_negotiate(request, page_types, &form, error);
    if (!err)
        err = read_parameters(request, page, error);
    if (err)
        return err;
    page->form = (enum page_form)form;
    return log_call_start(request, &page->call, error);
}

/* --- state ------------------------------------------------------------------------------------- */

struct moment {
    struct log_call call;
    const struct aggregate *aggregate;
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
    if (at && !clock_parse(*at, &ret->at_us))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "at: must be a date-time (RFC 3339) such as 2026-11-23T10:00:00Z");
    if (at && ret->at_us < 1)
        ret->at_us = 1; /* before any event was recorded, and not 0, which means now */
    if (at && ret->version)
        return error_set(error, ERR_INVALID_PARAMETER, "version and at cannot be combined");
    return OK;
}

static enum err find_aggregate(const struct http_request *request, const struct aggregate **ret,
                               struct error *error)
{
    *ret =
        aggregate_find(command_endpoint_of(request)->options.aggregates, request->parameter[0].at);
    return *ret
               ? OK
               : error_set(error, ERR_NOT_FOUND,
                           "category \"%s\" has no aggregate; its streams have events but no state",
                           request->parameter[0].at);
}

/* On a worker. */
static enum err read_state(struct http_request *request, struct event_store *log,
                           struct error *error)
{
    const struct moment *moment = request->state;
    AUTO(json) json_t *state = NULL;
    int64_t version = 0;
    struct state_bound bound = {moment->version, moment->at_us};
    enum err err = state_fold_load_json(log, command_endpoint_of(request)->options.catalogue,
                                        moment->aggregate, request->parameter[1].at, bound, &state,
                                        &version, error);
    if (!err && version < moment->version)
        err = error_set(error, ERR_NOT_FOUND, "the stream is at version %lld, before version %lld",
                        (long long)version, (long long)moment->version);
    if (err || answer_not_modified(request, version))
        return err;
    struct text *body = &request->answer.body;
    text_add_char(body, '{');
    json_text_string(body, "stream", stream_name(request));
    json_text_int(body, "version", version);
    json_text_name(body, "state");
    json_write(state, body);
    text_add_char(body, '}');
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

enum err stream_routes_state(struct http_request *request, struct error *error)
{
    struct moment *moment = arena_allocate(&request->arena, sizeof *moment);
    *moment = (struct moment){.call.read = read_state};
    enum err err = read_moment(request, moment, error);
    if (!err)
        err = find_aggregate(request, &moment->aggregate, error);
    return err ? err : log_call_start(request, &moment->call, error);
}
