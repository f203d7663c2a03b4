#include "sagas/outbox_message.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/json_text.h"
#include "base/list.h"
#include "base/utf8.h"
#include "http/problem.h"
#include "sagas/saga.h"
#include "sagas/saga_append.h"

#define TRIES_MOST 10

/* ---- making ---- */

/* The texts lie behind the struct. */
static struct outbox_message *copy_with_texts(struct outbox_message row)
{
    const char **const texts[] = {&row.category,    &row.target,      &row.command,
                                  &row.body,        &row.idempotency, &row.message,
                                  &row.correlation, &row.traceparent};
    size_t bytes = sizeof row, count = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(*texts[i]) + 1;
    struct outbox_message *message = malloc(bytes);
    REQUIRE(message);
    char *at = (char *)(message + 1);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(*texts[i]) + 1;
        memcpy(at, *texts[i], length);
        *texts[i] = at;
        at += length;
    }
    *message = row;
    return message;
}

struct outbox_message *outbox_message_create(const struct outbox_message *row)
{
    struct outbox_message *message = copy_with_texts(*row);
    message->sent_monotonic_us = clock_monotonic_us() - (clock_now_us() - row->first_sent_us);
    message->backoff = (struct backoff){.first_ms = 100, .longest_ms = 5000};
    return message;
}

void outbox_message_destroy(struct outbox_message *message)
{
    if (!message)
        return;
    json_decref(message->state);
    text_finish(&message->reason);
    free(message);
}

/* ---- writing ---- */

struct member {
    const char *name, *value; /* "": left out */
};

static void add_members(struct text *json, const struct member *members, size_t count)
{
    json_text_begin(json, NULL, '{');
    for (size_t i = 0; i < count; i++)
        if (members[i].value[0])
            json_text_string(json, members[i].name, slice_of(members[i].value));
}

static void add_data(struct text *json, const char *name, const struct outbox_message *message)
{
    if (message->body[0]) {
        json_text_name(json, name);
        text_add(json, message->body);
    }
    text_add_char(json, '}');
}

/* As POST /commands takes it. */
static void write_command(const struct outbox_message *message, struct text *json)
{
    const struct member members[] = {
        {"category", message->category},         {"id", message->target},
        {"command", message->command},           {"idempotencyKey", message->idempotency},
        {"correlationId", message->correlation}, {"causationId", message->message},
        {"traceparent", message->traceparent}};
    add_members(json, members, sizeof members / sizeof *members);
    add_data(json, "data", message);
}

/* As saga_append.h describes it. */
static void write_event(const struct outbox_message *message, struct text *json)
{
    const struct member members[] = {{SAGA_APPEND_ID, message->target},
                                     {SAGA_APPEND_TYPE, message->command},
                                     {SAGA_APPEND_EVENT, message->idempotency},
                                     {SAGA_APPEND_CORRELATION, message->correlation},
                                     {SAGA_APPEND_TRACEPARENT, message->traceparent}};
    add_members(json, members, sizeof members / sizeof *members);
    add_data(json, SAGA_APPEND_DATA, message);
}

/* As a path. */
static void write_question(const struct outbox_message *message, struct text *path)
{
    text_add(path, "/streams/");
    encoding_write_percent(slice_of(message->category), path);
    text_add_char(path, '/');
    encoding_write_percent(slice_of(message->target), path);
    text_add(path, "/state");
}

void outbox_message_write(const struct outbox_message *message, struct text *out)
{
    if (message->kind == OUTBOX_EVENT)
        write_event(message, out);
    else if (message->kind == OUTBOX_COMMAND)
        write_command(message, out);
    else
        write_question(message, out);
}

/* ---- reading the answer ---- */

static void read_accepted(struct outbox_message *message, const json_t *body)
{
    message->outcome = OUTBOX_ACCEPTED;
    message->position = json_int_or(body, "position", 0);
    message->nothing_new = json_array_size(json_object_get(body, "events")) == 0;
    if (message->kind == OUTBOX_QUESTION)
        message->state = json_incref(json_object_get(body, "state"));
}

static bool is_accepted(const struct outbox_message *message, int status, const json_t *body)
{
    const char *expected = message->kind == OUTBOX_QUESTION ? "state" : "events";
    return status >= 200 && status < 300 && json_object_get(body, expected);
}

/* A proxy, or another server at that address, may send problem documents too. */
const char *outbox_message_problem_slug(const json_t *body)
{
    static const char prefix[] = PROBLEM_TYPE_PREFIX;
    const char *type = json_string_or(body, "type", "");
    return strncmp(type, prefix, sizeof prefix - 1) == 0 ? type + sizeof prefix - 1 : "";
}

/* The meaning of a problem for a command or question. Any other problem is a mistake in the saga or in
 * its configuration: a reason neither to compensate nor to try again. */
static const struct {
    enum err problem;
    enum outbox_kind of;
    enum outbox_outcome outcome;
} meanings[] = {
    {ERR_REFUSED, OUTBOX_COMMAND, OUTBOX_REFUSED},     /* the domain refuses it */
    {ERR_NO_STREAM, OUTBOX_QUESTION, OUTBOX_ACCEPTED}, /* the stream certainly does not exist */
};

/* Type and status must agree: one alone may come from another server. */
static enum outbox_outcome meaning_of(const struct outbox_message *message, int status,
                                      const json_t *problem)
{
    const char *slug = outbox_message_problem_slug(problem);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].of == message->kind && status == error_http_status(meanings[i].problem) &&
            strcmp(slug, error_slug(meanings[i].problem)) == 0)
            return meanings[i].outcome;
    return OUTBOX_GIVEN_UP;
}

/* The detail of a domain's refusal may have any length. */
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

static void read_problem(struct outbox_message *message, int status, const json_t *problem)
{
    message->outcome = meaning_of(message, status, problem);
    message->nothing_new = message->outcome == OUTBOX_ACCEPTED;
    if (message->outcome == OUTBOX_GIVEN_UP)
        text_printf(&message->reason, "not accepted as a %s, status %d: ",
                    message->kind == OUTBOX_QUESTION ? "question" : "command", status);
    write_reason(problem, &message->reason);
}

/* Other answers say nothing about the message: a missing right, trouble of the endpoint, or another
 * server. */
bool outbox_message_is_rejected(int status, const json_t *body)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 &&
           status != 429 && outbox_message_problem_slug(body)[0] != '\0';
}

void outbox_message_fail(struct outbox_message *message, int status, const json_t *body)
{
    if (++message->tries < TRIES_MOST)
        return;
    message->outcome = OUTBOX_GIVEN_UP;
    message->status = status;
    text_printf(&message->reason, "answered with status %d, %u times: %s", status, message->tries,
                body ? json_string_or(body, "detail", "no reason given") : "not JSON");
    cut_reason(&message->reason);
}

void outbox_message_give_up(struct outbox_message *message, const char *reason)
{
    message->outcome = OUTBOX_GIVEN_UP;
    text_add(&message->reason, reason);
}

void outbox_message_read(struct outbox_message *message, int status, const json_t *body)
{
    if (status == 0 || status == 503 || status == 429)
        return;
    bool accepted = is_accepted(message, status, body);
    if (!accepted && !outbox_message_is_rejected(status, body)) {
        outbox_message_fail(message, status, body);
        return;
    }
    message->status = status;
    if (accepted)
        read_accepted(message, body);
    else
        read_problem(message, status, body);
}

/* ---- in order ---- */

void outbox_messages_add(struct outbox_messages *messages, struct outbox_message *message)
{
    LIST_APPEND(messages, message);
    messages->count++;
}

struct outbox_message *outbox_messages_take(struct outbox_messages *messages)
{
    struct outbox_message *message = messages->first;
    if (!message)
        return NULL;
    LIST_REMOVE(messages, message);
    messages->count--;
    return message;
}

void outbox_messages_append(struct outbox_messages *messages, struct outbox_messages *from)
{
    LIST_APPEND_ALL(messages, from);
    messages->count += from->count;
    from->count = 0;
}

void outbox_messages_put_back(struct outbox_messages *messages, struct outbox_messages *from)
{
    outbox_messages_append(from, messages);
    *messages = *from;
    *from = (struct outbox_messages){0};
}

void outbox_messages_withdraw(struct outbox_messages *messages, int64_t number)
{
    for (struct outbox_message *message = messages->first; message; message = message->next)
        message->withdrawn |= message->number == number;
}

void outbox_messages_finish(struct outbox_messages *messages)
{
    for (struct outbox_message *message; (message = outbox_messages_take(messages));)
        outbox_message_destroy(message);
}
