/* A message of the exchange annal.events: one CloudEvent in binary mode, for other services.
 *
 * Headers are `cloudEvents_<attribute>`, all strings. An event whose attributes do not fit into the
 * header of AMQP (those of an external producer may be very long) is sent in structured mode instead:
 * the body is the whole CloudEvent, as the content type says.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "bus/amqp.h"
#include "schema/event.h"

#define EVENT_MESSAGE_HEADERS_MOST      64
#define EVENT_MESSAGE_HEADER_BYTES_MOST (64 << 10)

struct event_message {
    struct amqp_message message; /* points into the event and into the other members */
    struct amqp_header headers[EVENT_MESSAGE_HEADERS_MOST];
    size_t header_bytes;
    bool fits;
    struct arena arena;
    struct text body;
};

/* Makes the message of the event. It is valid until the next call, and no longer than the event. */
const struct amqp_message *event_message_make(struct event_message *self,
                                              const struct event *event);
void event_message_finish(struct event_message *self);
AUTO_FINISH(event_message, struct event_message, event_message_finish)
