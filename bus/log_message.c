/* Every part of a received message is checked: other programs can publish to the exchange.
 */
#include "bus/log_message.h"

#include "base/encoding.h"
#include "base/json_scan.h"
#include "bus/topology.h"
#include "schema/cloudevent.h"

#define HASH_TEXT_BYTES (2 * EVENT_HASH_BYTES)

size_t log_message_write(const struct event *events, size_t count, struct text *body)
{
    size_t taken = 0;
    text_clear(body);
    while (taken < count && taken < LOG_MESSAGE_EVENTS_MOST) {
        size_t before = body->length;
        text_add_char(body, taken == 0 ? '[' : ',');
        cloudevent_write(&events[taken], body);
        if (taken > 0 && body->length >= LOG_MESSAGE_BYTES_MOST) {
            body->length = before;
            break;
        }
        taken++;
    }
    text_add_char(body, ']');
    return taken;
}

enum err log_message_publish(struct amqp *amqp, const struct checkpoint *before, size_t count,
                             int64_t head, struct slice body, struct error *error)
{
    AUTO(text) struct text prev = {0};
    encoding_write_hex(before->hash, EVENT_HASH_BYTES, &prev);
    const struct amqp_header headers[] = {
        {.name = slice_of("log"), .text = slice_of(before->log_id)},
        {.name = slice_of("first"), .number = before->position + 1},
        {.name = slice_of("last"), .number = before->position + (int64_t)count},
        {.name = slice_of("prev"), .text = text_slice(&prev)},
        {.name = slice_of("head"), .number = head}};
    const struct amqp_message message = {.exchange = TOPOLOGY_LOG_EXCHANGE,
                                         .body = body,
                                         .content_type = "application/cloudevents-batch+json",
                                         .headers = headers,
                                         .header_count = sizeof headers / sizeof *headers};
    return amqp_publish(amqp, &message, error);
}

static bool read_position(const struct amqp_incoming *incoming, const char *name, int64_t *ret)
{
    const struct amqp_header *header = amqp_find_header(incoming, name);
    if (!header || header->text.at)
        return false;
    *ret = header->number;
    return header->number > 0;
}

static bool read_text(const struct amqp_incoming *incoming, const char *name, size_t length,
                      struct slice *ret)
{
    const struct amqp_header *header = amqp_find_header(incoming, name);
    if (!header || !header->text.at || header->text.length != length)
        return false;
    *ret = header->text;
    return true;
}

static bool read_headers(const struct amqp_incoming *incoming, struct log_message *message)
{
    struct slice log_id, prev;
    if (!read_text(incoming, "log", ID_UUID_BYTES - 1, &log_id) ||
        !read_text(incoming, "prev", HASH_TEXT_BYTES, &prev) ||
        !encoding_read_hex(prev, message->prev, EVENT_HASH_BYTES) ||
        !read_position(incoming, "first", &message->first) ||
        !read_position(incoming, "last", &message->last) ||
        !read_position(incoming, "head", &message->head))
        return false;
    memcpy(message->log_id, log_id.at, log_id.length);
    message->log_id[log_id.length] = '\0';
    return message->first <= message->last && message->last <= message->head &&
           message->head < INT64_MAX / 2;
}

static enum err read_body(struct slice body, struct log_message *message, struct error *error)
{
    struct json_scan scan = json_scan_begin(body);
    struct slice name, value;
    if (scan.close != ']')
        return error_set(error, ERR_BAD_REQUEST, "the message is not a JSON array");
    for (message->count = 0; json_scan_next(&scan, &name, &value); message->count++) {
        if (message->count == LOG_MESSAGE_EVENTS_MOST)
            return error_set(error, ERR_BAD_REQUEST, "the message has too many events");
        struct event *event = &message->events[message->count];
        enum err err = cloudevent_read_own(value, &message->arena, event, error);
        if (err)
            return err;
        if (event->position != message->first + (int64_t)message->count)
            return error_set(error, ERR_BAD_REQUEST, "the events are not in order");
    }
    if (scan.failed || message->first + (int64_t)message->count != message->last + 1)
        return error_set(error, ERR_BAD_REQUEST, "the message is truncated or malformed");
    return OK;
}

enum err log_message_read(const struct amqp_incoming *incoming, struct log_message *message,
                          struct error *error)
{
    arena_clear(&message->arena);
    if (incoming->cut)
        return error_set(error, ERR_BAD_REQUEST, "the message is too large");
    if (!read_headers(incoming, message))
        return error_set(error, ERR_BAD_REQUEST,
                         "the headers log, first, last, prev and head are missing or malformed");
    return read_body(incoming->body, message, error);
}

void log_message_finish(struct log_message *message)
{
    arena_finish(&message->arena);
}
