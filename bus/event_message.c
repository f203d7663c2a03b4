#include "bus/event_message.h"

#include "base/clock.h"
#include "bus/topology.h"
#include "schema/cloudevent.h"

#define PREFIX "cloudEvents_"

static struct slice prefixed(struct arena *arena, const char *name)
{
    size_t length = strlen(PREFIX) + strlen(name);
    char *at = arena_allocate(arena, length);
    memcpy(at, PREFIX, strlen(PREFIX));
    memcpy(at + strlen(PREFIX), name, strlen(name));
    return (struct slice){at, length};
}

static void add_attribute(void *context, const char *name, struct slice value)
{
    struct event_message *self = context;
    struct amqp_message *message = &self->message;
    int64_t time_us = 0;
    if (strcmp(name, "time") == 0 && clock_parse(value, &time_us))
        message->timestamp_s = time_us / 1000000;
    if (strcmp(name, "datacontenttype") == 0) {
        message->content_type = arena_copy(&self->arena, value).at;
        self->fits = self->fits && value.length <= AMQP_NAME_BYTES_MOST;
        return;
    }
    struct slice header = prefixed(&self->arena, name);
    self->header_bytes += header.length + value.length;
    self->fits = self->fits && header.length <= AMQP_NAME_BYTES_MOST &&
                 self->header_bytes <= EVENT_MESSAGE_HEADER_BYTES_MOST &&
                 message->header_count < EVENT_MESSAGE_HEADERS_MOST;
    if (self->fits)
        self->headers[message->header_count++] =
            (struct amqp_header){.name = header, .text = arena_copy(&self->arena, value)};
}

static struct slice if_short(struct slice name)
{
    return name.length <= AMQP_NAME_BYTES_MOST ? name : (struct slice){"", 0};
}

const struct amqp_message *event_message_make(struct event_message *self, const struct event *event)
{
    arena_clear(&self->arena);
    self->fits = true;
    self->header_bytes = 0;
    self->message = (struct amqp_message){.exchange = TOPOLOGY_EVENTS_EXCHANGE,
                                          .routing_key = if_short(event->type),
                                          .body = event->data,
                                          .persistent = true,
                                          .message_id = if_short(event->id),
                                          .type = if_short(event->type),
                                          .headers = self->headers};
    cloudevent_each_attribute(event, add_attribute, self);
    if (!self->fits) {
        text_clear(&self->body);
        cloudevent_write(event, &self->body);
        self->message.body = text_slice(&self->body);
        self->message.content_type = "application/cloudevents+json";
        self->message.header_count = 0;
    }
    return &self->message;
}

void event_message_finish(struct event_message *self)
{
    arena_finish(&self->arena);
    text_finish(&self->body);
}
