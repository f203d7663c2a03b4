/* A message of the exchange annal.log: consecutive events of one log.
 *
 *   body     a JSON array of CloudEvents, in position order
 *   headers  log    the log's id
 *            first  position of the first event, last: of the last
 *            prev   hash of the event before the first, in hexadecimal
 *            head   the log's newest position when it was sent
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "bus/amqp.h"
#include "schema/checkpoint.h"

#define LOG_MESSAGE_EVENTS_MOST 256
#define LOG_MESSAGE_BYTES_MOST  (256 << 10) /* unless one event alone is larger */

/* Fills `body` with as many of the events as a message may have, at least one; returns their number. */
size_t log_message_write(const struct event *events, size_t count, struct text *body);

/* Publishes a body that log_message_write() made of the `count` events after `before`. */
MUST_CHECK enum err log_message_publish(struct amqp *amqp, const struct checkpoint *before,
                                        size_t count, int64_t head, struct slice body,
                                        struct error *error);

struct log_message {
    char log_id[ID_UUID_BYTES];
    int64_t first, last, head;
    unsigned char prev[EVENT_HASH_BYTES];
    struct event
        events[LOG_MESSAGE_EVENTS_MOST]; /* point into the received message and the arena */
    size_t count;
    struct arena arena;
};
void log_message_finish(struct log_message *message);
AUTO_FINISH(log_message, struct log_message, log_message_finish)

/* ERR_BAD_REQUEST if the message is malformed. A well-formed message may still be forged: the hashes of
 * its events are not set, and the caller must compare them with the log. */
MUST_CHECK enum err log_message_read(const struct amqp_incoming *incoming,
                                     struct log_message *message, struct error *error);
