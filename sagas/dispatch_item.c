#include "sagas/dispatch_item.h"

#include <stdio.h>

#define TRIES_MOST 10

static char *copy(const char *text)
{
    char *copied = strdup(text);
    REQUIRE(copied);
    return copied;
}

/* What the control socket of `annal commands` takes (cli/saga_events.c). */
static char *event_json(const struct outbox_row *row)
{
    struct text json = {0};
    const struct {
        const char *name, *value;
    } members[] = {{"{\"id\":", row->target},
                   {",\"type\":", row->command},
                   {",\"event\":", row->idempotency},
                   {",\"correlation\":", row->correlation},
                   {",\"traceparent\":", row->traceparent}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        text_add(&json, members[i].name);
        text_add_json_string(&json, slice_of(members[i].value));
    }
    text_printf(&json, ",\"data\":%s}", row->body);
    return text_take(&json);
}

static char *path_of(const struct outbox_row *row, bool is_question)
{
    struct text path = {0};
    if (is_question)
        text_printf(&path, "/streams/%s/%s/state", row->category, row->target);
    else
        text_printf(&path, "/commands/%s/%s/%s", row->category, row->target, row->command);
    return text_take(&path);
}

struct dispatch_item *dispatch_item_create(const struct outbox_row *row)
{
    struct dispatch_item *item = calloc(1, sizeof *item);
    REQUIRE(item);
    item->number = row->number;
    item->first_sent_us = row->first_sent_us;
    item->is_event = strcmp(row->kind, "event") == 0;
    item->is_question = strcmp(row->kind, "question") == 0;
    item->path = path_of(row, item->is_question);
    item->body = item->is_event ? event_json(row) : copy(row->body);
    item->key = copy(row->idempotency);
    item->message = copy(row->message);
    item->correlation = copy(row->correlation);
    item->traceparent = copy(row->traceparent);
    item->backoff = (struct backoff){.first_ms = 100, .longest_ms = 5000};
    return item;
}

void dispatch_item_destroy(struct dispatch_item *item)
{
    if (!item)
        return;
    free(item->path);
    free(item->body);
    free(item->key);
    free(item->message);
    free(item->correlation);
    free(item->traceparent);
    free(item);
}

void dispatch_item_start(struct dispatch_item *item, const char *base_url, struct http_calls *calls)
{
    AUTO(text) struct text url = {0};
    AUTO(text) struct text key = {0};
    AUTO(text) struct text correlation = {0};
    AUTO(text) struct text causation = {0};
    AUTO(text) struct text trace = {0};
    text_printf(&url, "%s%s", base_url, item->path);
    text_printf(&key, "Idempotency-Key: \"%s\"", item->key);
    text_printf(&correlation, "Correlation-Id: %s", item->correlation);
    text_printf(&causation, "Causation-Id: %s", item->message);
    text_printf(&trace, "traceparent: %s", item->traceparent);
    struct http_call_request request = {
        .method = item->is_question ? "GET" : "POST",
        .url = url.at,
        .headers = {"Content-Type: application/json", correlation.at, causation.at},
        .body = slice_of(item->body),
        .context = item,
    };
    size_t count = 3;
    if (!item->is_question)
        request.headers[count++] = key.at;
    if (item->traceparent[0])
        request.headers[count++] = trace.at;
    http_calls_start(calls, &request);
}

static struct dispatch_answer *answer_with(const struct dispatch_item *item,
                                           enum dispatch_outcome outcome, int status)
{
    struct dispatch_answer *answer = calloc(1, sizeof *answer);
    REQUIRE(answer);
    answer->number = item->number;
    answer->outcome = outcome;
    answer->status = status;
    return answer;
}

static struct dispatch_answer *read_accepted(const struct dispatch_item *item, int status,
                                             const json_t *body)
{
    struct dispatch_answer *answer = answer_with(item, DISPATCH_ACCEPTED, status);
    answer->position = json_int_or(body, "position", 0);
    answer->nothing_new = json_array_size(json_object_get(body, "events")) == 0;
    if (item->is_question)
        answer->state = json_incref(json_object_get(body, "state"));
    return answer;
}

/* True if a problem is of this kind. */
static bool is_problem(const json_t *body, enum err code)
{
    const char *type = json_string_or(body, "type", "");
    const char *slug = strrchr(type, '/');
    return strcmp(slug ? slug + 1 : type, error_slug(code)) == 0;
}

static struct dispatch_answer *read_refused(const struct dispatch_item *item, int status,
                                            const json_t *body)
{
    bool reused = is_problem(body, ERR_KEY_REUSED);
    struct dispatch_answer *answer =
        answer_with(item, reused ? DISPATCH_GIVEN_UP : DISPATCH_REFUSED, status);
    text_add(&answer->reason, json_string_or(body, "detail", "no reason given"));
    size_t i;
    json_t *fault;
    json_array_foreach (json_object_get(body, "errors"), i, fault)
        text_printf(&answer->reason, "; %s: %s", json_string_or(fault, "pointer", ""),
                    json_string_or(fault, "detail", ""));
    return answer;
}

/* An answer that says nothing of the command: our right to send it, or the endpoint's own trouble.
 * It is tried a few times, slower and slower. */
static bool is_trouble(int status)
{
    return status >= 500 || status == 401 || status == 403 || status == 408;
}

struct dispatch_answer *dispatch_item_read(struct dispatch_item *item,
                                           const struct http_call_answer *answer)
{
    int status = answer->status;
    AUTO(json) json_t *body = NULL;
    if (status == 0 || status == 503 || status == 429)
        return NULL;
    bool is_json = json_read(answer->body, &body, NULL) == OK && json_is_object(body);
    if (is_json && status >= 200 && status < 300)
        return read_accepted(item, status, body);
    if (is_json && status >= 400 && !is_trouble(status))
        return read_refused(item, status, body);
    if (++item->tries < TRIES_MOST)
        return NULL;
    struct dispatch_answer *given_up = answer_with(item, DISPATCH_GIVEN_UP, status);
    text_printf(&given_up->reason, "answered with status %d, %u times: %s", status, item->tries,
                is_json ? json_string_or(body, "detail", "no reason given") : "not JSON");
    return given_up;
}

void dispatch_answer_destroy(struct dispatch_answer *answer)
{
    if (!answer)
        return;
    json_decref(answer->state);
    text_finish(&answer->reason);
    free(answer);
}
