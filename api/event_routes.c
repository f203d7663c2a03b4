/* GET /events: the log as CloudEvents, in pages (NDJSON or a batch, waiting at the end if asked to)
 * or as a live feed. A page is read by a worker. */
#include "api/command_endpoint_private.h"
#include "api/event_filter.h"
#include "api/event_stream.h"
#include "api/http_answer.h"
#include "api/log_call.h"
#include "api/negotiation.h"
#include "api/prefer.h"
#include "api/query_string.h"
#include "schema/cloudevent.h"
#include "write_model/event_read.h"

#define LIMIT_MOST        1000
#define LIMIT_DEFAULT     100
/* A page ends at the first of these, however few of its events match. */
#define PAGE_MOST_BYTES   ((size_t)4 * 1024 * 1024)
#define SCANNED_MOST      20000
#define BATCH_MOST_EVENTS ((size_t)500)
#define BATCH_MOST_BYTES  ((size_t)1024 * 1024)

/* Kept over a wait, so that what did not match is not read again. */
struct poll_state {
    struct log_call call;
    int64_t position; /* looked at up to here */
    int64_t limit, wait_seconds;
    struct event_filter filter;
    bool batch; /* one JSON array */
    int64_t found, scanned;
};

static bool is_full(const struct poll_state *poll, const struct text *body)
{
    return poll->found == poll->limit || body->length >= PAGE_MOST_BYTES ||
           poll->scanned >= SCANNED_MOST;
}

static void add_matching(struct poll_state *poll, const struct event_batch *batch,
                         struct text *body)
{
    for (size_t i = 0; i < batch->count && !is_full(poll, body); i++) {
        const struct event *event = &batch->events[i];
        poll->position = event->position;
        poll->scanned++;
        if (!event_filter_matches(&poll->filter, event->type, event_category(event)))
            continue;
        if (poll->batch && poll->found)
            text_add_char(body, ',');
        cloudevent_write(event, body);
        if (!poll->batch)
            text_add_char(body, '\n');
        poll->found++;
    }
}

/* Reads on until the page is full or the log ends. */
static enum err scan(struct event_log *log, struct poll_state *poll, struct text *body,
                     struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct read_limit limit = {BATCH_MOST_EVENTS, BATCH_MOST_BYTES};
    do {
        enum err err = event_read_all(log, poll->position, limit, &batch, error);
        if (err)
            return err;
        add_matching(poll, &batch, body);
    } while (batch.count > 0 && !is_full(poll, body));
    return OK;
}

static void answer_page(struct http_request *request, const struct poll_state *poll)
{
    AUTO(text) struct text link = {0};
    text_printf(&link, "</events?after=%lld&limit=%lld&type=", (long long)poll->position,
                (long long)poll->limit);
    text_percent_encode(poll->filter.type, &link);
    if (poll->filter.category.length)
        text_printf(&link, "&category=%.*s", SLICE(poll->filter.category));
    text_add(&link, ">; rel=\"next\"");
    http_answer_header_int(request, "Annal-Position", poll->position);
    http_answer_header(request, "Link", http_request_string(request, text_slice(&link)));
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, poll->batch ? HTTP_EVENTS : HTTP_NDJSON);
}

/* On a worker. */
static enum err read_page(struct http_request *request, struct event_log *log, struct error *error)
{
    struct poll_state *poll = request->state;
    struct text *body = &request->answer.body;
    text_clear(body);
    text_add(body, poll->batch ? "[" : "");
    return scan(log, poll, body, error);
}

static enum err answer_or_wait(struct http_request *request, struct error *error)
{
    (void)error;
    struct poll_state *poll = request->state;
    struct text *body = &request->answer.body;
    bool waits = poll->wait_seconds > 0 && request->wake != HTTP_WAKE_EXPIRED;
    if (poll->found == 0 && !is_full(poll, body) && waits) {
        log_call_again(request);
        http_server_park(request, NULL, poll->position + 1, poll->wait_seconds * 1000);
        return OK;
    }
    text_add(body, poll->batch ? "]" : "");
    answer_page(request, poll);
    return OK;
}

static enum err begin(struct http_request *request, bool batch, struct poll_state *poll,
                      struct error *error)
{
    static const char *const names[] = {"after", "category", "limit", "type", NULL};
    struct query_string query;
    *poll = (struct poll_state){.call = {.read = read_page, .conclude = answer_or_wait},
                                .batch = batch};
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = query_string_int(&query, "after", 0, INT64_MAX, 0, &poll->position, error);
    if (!err)
        err = query_string_int(&query, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT, &poll->limit, error);
    if (!err)
        err = prefer_read_wait(request, 0, &poll->wait_seconds, error);
    if (!err)
        err = event_filter_read(&query, &poll->filter, error);
    return err;
}

static enum err answer_pages(struct http_request *request, bool batch, struct error *error)
{
    struct poll_state *poll = arena_allocate(&request->arena, sizeof *poll);
    enum err err = begin(request, batch, poll, error);
    return err ? err : log_call_start(request, &poll->call, error);
}

enum err event_routes_events(struct http_request *request, struct error *error)
{
    static const char *const types[] = {HTTP_NDJSON, HTTP_EVENTS, HTTP_EVENT_STREAM, NULL};
    int chosen;
    enum err err = negotiation_choose(request, types, &chosen, error);
    if (err)
        return err;
    return chosen == 2 ? event_feed_routes_listen(request, error)
                       : answer_pages(request, chosen == 1, error);
}
