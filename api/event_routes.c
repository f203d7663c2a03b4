/* GET /events: the log as CloudEvents, in pages (NDJSON, JSON or a batch, waiting at the end if
 * asked to) or as a live feed. A page is read by a worker, a batch of the log each time it is its
 * turn. */
#include "api/command_context.h"
#include "api/event_filter.h"
#include "api/log_call.h"
#include "api/page_cursor.h"
#include "api/query_string.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "event_store/event_store.h"
#include "http/event_stream.h"
#include "http/http_answer.h"
#include "http/media_type.h"
#include "http/waiting.h"
#include "schema/cloudevent.h"

#define LIMIT_MOST        1000
#define LIMIT_DEFAULT     100
#define SCANNED_MOST      20000 /* a page ends there, even if few events match */
#define BATCH_MOST_EVENTS ((size_t)500)
#define BATCH_MOST_BYTES  ((size_t)1024 * 1024)

/* In the order of event_types. */
enum page_form { FORM_NDJSON, FORM_BATCH, FORM_JSON, FORM_FEED };
static const char *const event_types[] = {HTTP_NDJSON, HTTP_EVENTS, HTTP_JSON, HTTP_EVENT_STREAM,
                                          NULL};

/* Kept over a wait, so that events that did not match are not read again. */
struct poll_state {
    struct log_call call;
    int64_t position; /* of the last event examined */
    int64_t limit, wait_seconds;
    struct event_filter filter;
    enum page_form form;
    bool full; /* the next event would exceed the page */
    int64_t found, scanned;
};

static bool is_complete(const struct poll_state *poll)
{
    return poll->full || poll->found == poll->limit || poll->scanned >= SCANNED_MOST;
}

static bool fits(const struct poll_state *poll, const struct event *event, const struct text *body)
{
    return poll->found == 0 ||
           body->length + event->data.length + event->meta.length <= poll->call.page_bytes;
}

static void add_event(struct poll_state *poll, const struct event *event, struct text *body)
{
    json_text_next(body);
    cloudevent_write(event, body);
    if (poll->form == FORM_NDJSON)
        text_add_char(body, '\n');
    poll->found++;
}

static void add_matching(struct poll_state *poll, const struct event_batch *batch,
                         struct text *body)
{
    for (size_t i = 0; i < batch->count && !is_complete(poll); i++) {
        const struct event *event = &batch->events[i];
        bool matches = event_filter_matches(&poll->filter, event->type, event_category(event));
        poll->full = matches && !fits(poll, event, body);
        if (poll->full)
            return;
        if (matches)
            add_event(poll, event, body);
        poll->position = event->position;
        poll->scanned++;
    }
}

/* A cursor holds the position after which the next page begins. */
static uint64_t asked_of(const struct poll_state *poll)
{
    uint64_t asked = hash_bytes(hash_bytes(0, slice_of("events")), poll->filter.type);
    return hash_bytes(asked, poll->filter.category);
}

/* A complete page has a next one if the log continues. The page that ends with the log has none: a client
 * that polls continues from its Annal-Position. */
static void write_next(struct http_request *request, const struct poll_state *poll,
                       struct text *cursor)
{
    struct column_value next = {.kind = COLUMN_INTEGER, .integer = poll->position};
    int64_t head = command_desk_head(command_endpoint_of(request)->options.desk);
    if (is_complete(poll) && poll->position < head)
        page_cursor_write(request, asked_of(poll), &next, cursor);
}

static void answer_page(struct http_request *request, const struct poll_state *poll)
{
    AUTO(text) struct text cursor = {0};
    struct text *body = &request->answer.body;
    http_answer_header_int(request, "Annal-Position", poll->position);
    http_answer_header(request, "Cache-Control", "no-store");
    write_next(request, poll, &cursor);
    if (poll->form != FORM_NDJSON)
        text_add_char(body, ']');
    if (poll->form == FORM_JSON && cursor.length)
        json_text_string(body, "next_cursor", text_slice(&cursor));
    if (poll->form == FORM_JSON)
        text_add_char(body, '}');
    http_answer(request, 200, event_types[poll->form]);
}

/* The part before the first event. */
static void open_body(const struct poll_state *poll, struct text *body)
{
    text_clear(body);
    if (poll->form == FORM_JSON) {
        text_add_char(body, '{');
        json_text_name(body, "events");
    }
    if (poll->form != FORM_NDJSON)
        text_add_char(body, '[');
}

/* A position beyond the log comes from another log, or from this one before it was restored from a
 * backup; a client that waited with it would miss the events in between. Events can be read
 * before the desk reports its new head, so the log decides. */
static enum err check_place(const struct http_request *request, struct event_store *log,
                            int64_t position, struct error *error)
{
    struct checkpoint head = {.position = position};
    enum err err = OK;
    if (position > command_desk_head(command_endpoint_of(request)->options.desk))
        err = event_store_head(log, &head, NULL, error);
    if (!err && position > head.position)
        return error_set(error, ERR_INVALID_PARAMETER,
                         "after is %lld, but the log ends at position %lld", (long long)position,
                         (long long)head.position);
    return err;
}

/* On a worker: reads the next events, until the page is complete or the log ends. */
static enum err read_on(struct http_request *request, struct event_store *log, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct poll_state *poll = request->state;
    struct read_limit limit = {BATCH_MOST_EVENTS, BATCH_MOST_BYTES};
    enum err err = event_store_read_after(log, poll->position, limit, &batch, error);
    if (!err && batch.count == 0)
        err = check_place(request, log, poll->position, error);
    if (err)
        return err;
    if (poll->found == 0)
        open_body(poll, &request->answer.body);
    add_matching(poll, &batch, &request->answer.body);
    poll->call.reads_on = batch.count > 0 && !is_complete(poll);
    return OK;
}

/* A waiting request takes one of the listeners' slots until it is answered. */
static enum err wait_for_more(struct http_request *request, struct poll_state *poll,
                              struct error *error)
{
    enum err err = waiting_take_slot(&command_endpoint_of(request)->slots, request, error);
    if (err)
        return err;
    log_call_again(request);
    http_deferral_begin(request, &(struct http_deferral){.awaited = poll->position + 1,
                                                         .wait_ms = poll->wait_seconds * 1000});
    return OK;
}

static enum err answer_or_wait(struct http_request *request, struct error *error)
{
    struct poll_state *poll = request->state;
    bool waits = poll->wait_seconds > 0 && request->wake != HTTP_WAKE_EXPIRED;
    if (poll->found == 0 && !is_complete(poll) && waits)
        return wait_for_more(request, poll, error);
    answer_page(request, poll);
    return OK;
}

static enum err begin(struct http_request *request, enum page_form form, struct poll_state *poll,
                      struct error *error)
{
    static const char *const names[] = {"after", "category", "cursor", "limit", "type", NULL};
    struct query_string query;
    *poll =
        (struct poll_state){.call = {.read = read_on, .conclude = answer_or_wait}, .form = form};
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = query_string_int(&query, "after", 0, INT64_MAX, 0, &poll->position, error);
    if (!err)
        err = query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &poll->limit, error);
    if (!err)
        err = waiting_read_seconds(request, 0, &poll->wait_seconds, error);
    if (!err)
        err = event_filter_read(&query, &poll->filter, error);
    struct column_value after = {.integer = poll->position};
    if (!err)
        err = page_cursor_read(request, &query, asked_of(poll), COLUMN_INTEGER, &after, error);
    poll->position = after.integer;
    return err;
}

static enum err answer_pages(struct http_request *request, enum page_form form, struct error *error)
{
    struct poll_state *poll = arena_allocate(&request->arena, sizeof *poll);
    enum err err = begin(request, form, poll, error);
    return err ? err : log_call_start(request, &poll->call, error);
}

/* --- the feed --------------------------------------------------------------------------------- */

/* Last-Event-ID of a client that reconnects is newer than the position in its URL. */
static enum err read_start(const struct http_request *request, const struct query_string *query,
                           int64_t *ret_after, struct error *error)
{
    int64_t head = command_desk_head(command_endpoint_of(request)->options.desk);
    const char *last_id = http_request_header(request, HTTP_LAST_EVENT_ID);
    const struct slice *after = query_string_value(query, "after");
    enum err err = OK;
    if (after && slice_is(*after, "head"))
        *ret_after = head;
    else
        err = query_string_int(query, "after", 0, INT64_MAX, 0, ret_after, error);
    if (!err && last_id && last_id[0] &&
        (!slice_read_int(slice_of(last_id), ret_after) || *ret_after < 0))
        return error_set(error, ERR_BAD_REQUEST, "Last-Event-ID must be a position, such as 42");
    if (!err && *ret_after > head)
        return error_set(error, ERR_INVALID_PARAMETER,
                         "position %lld is not in the log, which ends at position %lld",
                         (long long)*ret_after, (long long)head);
    return err;
}

static enum err answer_feed(struct http_request *request, struct error *error)
{
    static const char *const names[] = {"after", "category", "type", NULL};
    struct query_string query;
    struct event_filter filter;
    int64_t after;
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = event_filter_read(&query, &filter, error);
    if (!err)
        err = read_start(request, &query, &after, error);
    if (!err && strcmp(request->method, "HEAD") != 0)
        err = event_feed_listen(command_endpoint_of(request)->feed, request, &filter, after, error);
    if (!err)
        event_stream_answer(request);
    return err;
}

enum err event_routes_events(struct http_request *request, struct error *error)
{
    int chosen;
    enum err err = media_type_negotiate(request, event_types, &chosen, error);
    if (err)
        return err;
    return chosen == FORM_FEED ? answer_feed(request, error)
                               : answer_pages(request, (enum page_form)chosen, error);
}
