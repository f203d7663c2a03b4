#include "sagas/dispatch_item.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "http/problem.h"

#define TRIES_MOST 10

struct member {
    const char *name, *value; /* "": left out */
};

static void add_members(struct text *json, const struct member *members, size_t count)
{
    text_add_char(json, '{');
    for (size_t i = 0; i < count; i++) {
        if (!members[i].value[0])
            continue;
        text_printf(json, "\"%s\":", members[i].name);
        json_text_quote(json, slice_of(members[i].value));
        text_add_char(json, ',');
    }
    json->length--; /* the first is never empty */
}

static void add_data(struct text *json, const struct outbox_row *row)
{
    if (row->body[0])
        text_printf(json, ",\"data\":%s", row->body);
    text_add_char(json, '}');
}

/* As POST /commands takes it. */
static void write_command(const struct outbox_row *row, struct text *json)
{
    const struct member members[] = {
        {"category", row->category},         {"id", row->target},
        {"command", row->command},           {"idempotencyKey", row->idempotency},
        {"correlationId", row->correlation}, {"causationId", row->message},
        {"traceparent", row->traceparent}};
    add_members(json, members, sizeof members / sizeof *members);
    add_data(json, row);
}

/* As the control socket of `annal commands` takes it (cli/saga_append.c). */
static void write_event(const struct outbox_row *row, struct text *json)
{
    const struct member members[] = {{"id", row->target},
                                     {"type", row->command},
                                     {"event", row->idempotency},
                                     {"correlation", row->correlation},
                                     {"traceparent", row->traceparent}};
    add_members(json, members, sizeof members / sizeof *members);
    add_data(json, row);
}

/* A path. */
static void write_question(const struct outbox_row *row, struct text *path)
{
    text_add(path, "/streams/");
    encoding_write_percent(slice_of(row->category), path);
    text_add_char(path, '/');
    encoding_write_percent(slice_of(row->target), path);
    text_add(path, "/state");
}

static enum dispatch_kind kind_of(const struct outbox_row *row)
{
    if (strcmp(row->kind, "event") == 0)
        return DISPATCH_EVENT;
    return strcmp(row->kind, "question") == 0 ? DISPATCH_QUESTION : DISPATCH_COMMAND;
}

struct dispatch_item *dispatch_item_create(const struct outbox_row *row)
{
    struct dispatch_item *item = calloc(1, sizeof *item);
    struct text body = {0};
    REQUIRE(item);
    item->number = row->number;
    item->was_sent = row->first_sent_us != 0;
    item->first_sent_us = clock_monotonic_us() - (clock_now_us() - row->first_sent_us);
    item->kind = kind_of(row);
    item->withdrawn = item->left = row->withdrawn;
    item->backoff = (struct backoff){.first_ms = 100, .longest_ms = 5000};
    if (item->kind == DISPATCH_EVENT)
        write_event(row, &body);
    else if (item->kind == DISPATCH_COMMAND)
        write_command(row, &body);
    else
        write_question(row, &body);
    item->body_length = body.length;
    item->body = text_take(&body);
    return item;
}

struct dispatch_item *dispatch_item_withdrawal(int64_t number)
{
    struct dispatch_item *item = calloc(1, sizeof *item);
    REQUIRE(item);
    item->number = number;
    item->kind = DISPATCH_WITHDRAWAL;
    return item;
}

void dispatch_item_destroy(struct dispatch_item *item)
{
    if (item)
        free(item->body);
    free(item);
}

struct dispatch_answer *dispatch_item_answer(const struct dispatch_item *item,
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
    struct dispatch_answer *answer = dispatch_item_answer(item, DISPATCH_ACCEPTED, status);
    answer->position = json_int_or(body, "position", 0);
    answer->nothing_new = json_array_size(json_object_get(body, "events")) == 0;
    if (item->kind == DISPATCH_QUESTION)
        answer->state = json_incref(json_object_get(body, "state"));
    return answer;
}

static bool is_accepted(const struct dispatch_item *item, int status, const json_t *body)
{
    const char *expected = item->kind == DISPATCH_QUESTION ? "state" : "events";
    return status >= 200 && status < 300 && json_object_get(body, expected);
}

/* The slug of a problem of the command endpoint; "": it is not one. Somebody in between, or another
 * server at that address, has problem documents of its own. */
static const char *problem_slug(const json_t *body)
{
    static const char prefix[] = PROBLEM_TYPE_PREFIX;
    const char *type = json_string_or(body, "type", "");
    return strncmp(type, prefix, sizeof prefix - 1) == 0 ? type + sizeof prefix - 1 : "";
}

/* What a problem says of a command or question. What is not listed is a mistake, in the saga or
 * between it and the endpoint: no reason to undo anything, and no better the next time. */
static const struct {
    enum err problem;
    enum dispatch_kind of;
    enum dispatch_outcome outcome;
} meanings[] = {
    {ERR_REFUSED, DISPATCH_COMMAND, DISPATCH_REFUSED},     /* the domain says no */
    {ERR_NO_STREAM, DISPATCH_QUESTION, DISPATCH_ACCEPTED}, /* certainly no such stream */
};

/* Type and status together: each alone may be somebody else's. */
static enum dispatch_outcome meaning_of(const struct dispatch_item *item, int status,
                                        const json_t *problem)
{
    const char *slug = problem_slug(problem);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].of == item->kind && status == error_http_status(meanings[i].problem) &&
            strcmp(slug, error_slug(meanings[i].problem)) == 0)
            return meanings[i].outcome;
    return DISPATCH_GIVEN_UP;
}

/* A domain's detail may be of any length. */
static void cut_reason(struct text *reason)
{
    reason->length = utf8_cut(text_slice(reason), SAGA_REASON_BYTES - 1).length;
    reason->at[reason->length] = '\0';
}

static void write_reason(const json_t *problem, struct text *reason)
{
    size_t i;
    json_t *fault;
    text_add(reason, json_string_or(problem, "detail", "no reason given"));
    json_array_foreach (json_object_get(problem, "errors"), i, fault)
        text_printf(reason, "; %s: %s", json_string_or(fault, "pointer", ""),
                    json_string_or(fault, "detail", ""));
    cut_reason(reason);
}

static struct dispatch_answer *read_problem(const struct dispatch_item *item, int status,
                                            const json_t *problem)
{
    enum dispatch_outcome outcome = meaning_of(item, status, problem);
    struct dispatch_answer *answer = dispatch_item_answer(item, outcome, status);
    answer->nothing_new = outcome == DISPATCH_ACCEPTED;
    if (outcome == DISPATCH_GIVEN_UP)
        text_printf(&answer->reason, "not accepted as a %s, status %d: ",
                    item->kind == DISPATCH_QUESTION ? "question" : "command", status);
    write_reason(problem, &answer->reason);
    return answer;
}

/* An answer that says nothing of the command: our right to send it, the endpoint's own trouble, or
 * somebody else's answer. It is tried a few times, slower and slower. */
static bool is_trouble(int status, const json_t *body)
{
    return status < 400 || status >= 500 || status == 401 || status == 403 || status == 408 ||
           problem_slug(body)[0] == '\0';
}

struct dispatch_answer *dispatch_item_fail(struct dispatch_item *item, int status,
                                           const json_t *body)
{
    if (++item->tries < TRIES_MOST)
        return NULL;
    struct dispatch_answer *given_up = dispatch_item_answer(item, DISPATCH_GIVEN_UP, status);
    text_printf(&given_up->reason, "answered with status %d, %u times: %s", status, item->tries,
                body ? json_string_or(body, "detail", "no reason given") : "not JSON");
    cut_reason(&given_up->reason);
    return given_up;
}

struct dispatch_answer *dispatch_item_read(struct dispatch_item *item, int status,
                                           const json_t *body)
{
    if (status == 0 || status == 503 || status == 429)
        return NULL;
    if (is_accepted(item, status, body))
        return read_accepted(item, status, body);
    return is_trouble(status, body) ? dispatch_item_fail(item, status, body)
                                    : read_problem(item, status, body);
}

void dispatch_answers_destroy(struct dispatch_answer *first)
{
    for (struct dispatch_answer *next; first; first = next) {
        next = first->next;
        json_decref(first->state);
        text_finish(&first->reason);
        free(first);
    }
}
