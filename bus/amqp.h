/* A connection to RabbitMQ with one channel: the part of AMQP 0-9-1 that this program needs.
 *
 * Nothing waits without a deadline: connecting and declaring have the caller's, closing a second, a
 * send at most AMQP_SEND_DEADLINE_MS; receiving does not wait (poll amqp_fd()). After an error, which is
 * always ERR_BROKER, the caller must disconnect. A connection belongs to one thread.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "bus/bus_url.h"

#include <stdint.h>

#define AMQP_SEND_DEADLINE_MS   8000
#define AMQP_MESSAGE_BYTES_MOST (16 << 20) /* longer bodies are cut when received */
#define AMQP_NAME_BYTES_MOST    255        /* a short string: routing key, message id, type, name */

struct amqp;

/* `rabbitmqctl list_connections client_properties` shows `name`. `patience_ms` limits the time of each
 * answer of the broker, now and to later declarations. */
MUST_CHECK enum err amqp_connect(const struct bus_url *url, const char *name, int64_t patience_ms,
                                 struct amqp **ret_amqp, struct error *error);
void amqp_disconnect(struct amqp *amqp);
AUTO_CLOSE(amqp, struct amqp, amqp_disconnect)

/* For poll(2), after amqp_receive() has returned AMQP_NOTHING. */
int amqp_fd(const struct amqp *amqp);

/* Topology. Everything is durable; declaring something that exists changes nothing. */
MUST_CHECK enum err amqp_declare_exchange(struct amqp *amqp, const char *name, const char *type,
                                          struct error *error);

struct amqp_queue {
    const char *name;
    int32_t messages_most; /* beyond which the oldest are dropped */
    int64_t bytes_most;
    int64_t expires_ms; /* deleted when unused for this time; 0: never */
    bool single_active_consumer;
};
/* Deletes a queue of that name that has other arguments, with its messages, and declares it again. */
MUST_CHECK enum err amqp_declare_queue(struct amqp *amqp, const struct amqp_queue *queue,
                                       struct error *error);
MUST_CHECK enum err amqp_bind(struct amqp *amqp, const char *queue, const char *exchange,
                              struct error *error);

/* A header of a message: a text, or a number where text.at is NULL. */
struct amqp_header {
    struct slice name;
    struct slice text;
    int64_t number;
};

struct amqp_message {
    const char *exchange; /* "" is the default exchange: the routing key names the queue */
    struct slice routing_key;
    struct slice body;
    const char *content_type;
    bool persistent;
    struct slice message_id, type; /* empty: none */
    int64_t timestamp_s;           /* 0: none */
    const struct amqp_header *headers;
    size_t header_count;
};
/* The caller must not pass short strings longer than AMQP_NAME_BYTES_MOST, or more than about 100 KiB of
 * headers. */
MUST_CHECK enum err amqp_publish(struct amqp *amqp, const struct amqp_message *message,
                                 struct error *error);

/* From now on the broker confirms each published message, by the tags 1, 2, 3 … */
MUST_CHECK enum err amqp_ask_for_confirms(struct amqp *amqp, struct error *error);

/* Between the two calls, the kernel gathers small writes into full packets. */
void amqp_cork(struct amqp *amqp);
void amqp_uncork(struct amqp *amqp);

MUST_CHECK enum err amqp_consume(struct amqp *amqp, const char *queue, uint16_t prefetch,
                                 struct error *error);
/* Acknowledges this message and all before it. */
MUST_CHECK enum err amqp_acknowledge(struct amqp *amqp, uint64_t tag, struct error *error);

enum amqp_what {
    AMQP_NOTHING,   /* nothing has arrived */
    AMQP_MESSAGE,   /* tag, redelivered, body, headers */
    AMQP_CONFIRMED, /* tag, multiple: this message, or all up to it */
    AMQP_REFUSED,   /* tag, multiple: not stored; publish again */
    AMQP_BLOCKED,   /* the broker is short of memory or disk, see text; publish nothing */
    AMQP_UNBLOCKED,
    AMQP_CANCELLED, /* the queue was deleted: no more messages */
};

struct amqp_incoming {
    enum amqp_what what;
    uint64_t tag;
    bool multiple;
    bool cut; /* the body was longer than AMQP_MESSAGE_BYTES_MOST and is not complete */
    struct slice body;
    struct slice text;
    const struct amqp_header *headers;
    size_t header_count;
};
/* Returns at once what has arrived next. Its texts are valid until the next call. Also sends heartbeats:
 * call it about every second. */
MUST_CHECK enum err amqp_receive(struct amqp *amqp, struct amqp_incoming *ret, struct error *error);

/* A header of a received message; NULL if the message does not have it. */
const struct amqp_header *amqp_find_header(const struct amqp_incoming *incoming, const char *name);

/* librabbitmq's: "0.11.0" */
const char *amqp_library_version(void);
