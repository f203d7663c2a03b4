/* A line of the input as a request: checked here only as far as the path and key need it; the server
 * judges the rest. And the order of commands within a stream. */
#include "cli/send.h"

#include "base/id.h"
#include "base/json.h"
#include "base/list.h"

#include <search.h>
#include <stdio.h>

#define FIRST_RETRY_MS   50
#define LONGEST_RETRY_MS 2000

void send_command_destroy(struct send_command *command)
{
    if (!command)
        return;
    free(command->stream);
    free(command->path);
    text_finish(&command->body);
    free(command);
}

static enum err check_name(const json_t *line, const char *member, bool required,
                           const char **ret_value, struct error *error)
{
    const json_t *value = json_object_get(line, member);
    *ret_value = NULL;
    if (!value && !required)
        return OK;
    if (!json_is_string(value) || !id_is_valid(slice_of(json_string_value(value))))
        return error_set(error, ERR_INVALID_BODY,
                         "\"%s\" must be 1 to 128 of the characters A-Z a-z 0-9 . _ ~ -", member);
    *ret_value = json_string_value(value);
    return OK;
}

/* `key` is the former name of the member: files with it exist. */
static enum err check_key(const json_t *line, const char *run, int64_t number, char key[256],
                          struct error *error)
{
    const json_t *value = json_object_get(line, "idempotencyKey"),
                 *former = json_object_get(line, "key");
    if (value && former)
        return error_set(error, ERR_INVALID_BODY,
                         "both \"idempotencyKey\" and \"key\" are given; they mean the same");
    value = value ? value : former;
    if (!value) {
        snprintf(key, 256, "%s-%lld", run, (long long)number);
        return OK;
    }
    const char *text = json_string_value(value);
    if (!text || !text[0] || strlen(text) > 255 || strpbrk(text, "\"\\\r\n"))
        return error_set(error, ERR_INVALID_BODY,
                         "\"idempotencyKey\" must be a string of 1 to 255 visible characters");
    snprintf(key, 256, "%s", text);
    return OK;
}

static enum err check_members(const json_t *line, struct error *error)
{
    static const char *const known[] = {"category",       "id", "command", "data",
                                        "idempotencyKey", "key"};
    const size_t count = sizeof known / sizeof *known;
    const char *name;
    json_t *value;
    if (!json_is_object(line))
        return error_set(error, ERR_INVALID_BODY,
                         "a line must be an object with the members category, id, command, data, "
                         "idempotencyKey");
    json_object_foreach ((json_t *)line, name, value) {
        size_t i = 0;
        while (i < count && strcmp(name, known[i]) != 0)
            i++;
        if (i == count)
            return error_set(
                error, ERR_INVALID_BODY,
                "unknown member \"%.60s\"; the members are category, id, command, data, "
                "idempotencyKey",
                name);
    }
    return OK;
}

static void fill(struct send_command *command, const char *category, const char *id,
                 const char *name, const json_t *data)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text stream = {0};
    text_printf(&path, "/commands/%s/%s%s%s", category, id ? id : "", id ? "/" : "", name);
    text_printf(&stream, "%s/%s", category, id ? id : "");
    command->path = text_take(&path);
    command->stream = id ? text_take(&stream) : NULL;
    if (data)
        json_write(data, &command->body);
    else
        text_add(&command->body, "{}");
}

enum err send_command_read(struct slice line, int64_t number, const char *run,
                           struct send_command **ret_command, struct error *error)
{
    AUTO(json) json_t *json = NULL;
    const char *category = NULL, *id = NULL, *name = NULL;
    char key[256];
    enum err err = json_read(line, &json, error);
    if (!err)
        err = check_members(json, error);
    if (!err)
        err = check_name(json, "category", true, &category, error);
    if (!err)
        err = check_name(json, "id", false, &id, error);
    if (!err)
        err = check_name(json, "command", true, &name, error);
    if (!err)
        err = check_key(json, run, number, key, error);
    if (err)
        return err;
    struct send_command *command = calloc(1, sizeof *command);
    REQUIRE(command);
    command->line = number;
    command->backoff = (struct backoff){.first_ms = FIRST_RETRY_MS, .longest_ms = LONGEST_RETRY_MS};
    memcpy(command->key, key, sizeof key);
    fill(command, category, id, name, json_object_get(json, "data"));
    *ret_command = command;
    return OK;
}

struct busy_stream {
    char *name;
    struct {
        struct send_command *first, *last;
    } waiting; /* behind the one under way */
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct busy_stream *)a)->name, ((const struct busy_stream *)b)->name);
}

static struct busy_stream *find(struct send_queue *queue, char *name)
{
    struct busy_stream wanted = {.name = name};
    struct busy_stream **found = tfind(&wanted, &queue->streams, compare);
    return found ? *found : NULL;
}

static void add(struct send_queue *queue, const char *name)
{
    struct busy_stream *stream = calloc(1, sizeof *stream);
    REQUIRE(stream);
    stream->name = strdup(name);
    REQUIRE(stream->name && tsearch(stream, &queue->streams, compare));
}

bool send_command_may_go(struct send_queue *queue, struct send_command *take_command)
{
    if (!take_command->stream)
        return true;
    struct busy_stream *stream = find(queue, take_command->stream);
    if (!stream) {
        add(queue, take_command->stream);
        return true;
    }
    LIST_APPEND(&stream->waiting, take_command);
    queue->waiting++;
    return false;
}

struct send_command *send_command_done(struct send_queue *queue, const struct send_command *command)
{
    struct busy_stream *stream = command->stream ? find(queue, command->stream) : NULL;
    if (!stream)
        return NULL;
    struct send_command *next = stream->waiting.first;
    if (next) {
        LIST_REMOVE(&stream->waiting, next);
        queue->waiting--;
        return next;
    }
    tdelete(stream, &queue->streams, compare);
    free(stream->name);
    free(stream);
    return NULL;
}
