/* A connection to RabbitMQ with one channel: the part of AMQP 0-9-1 that this program needs.
 *
 * Nothing waits without a deadline: connecting and declaring have the caller's, closing a second, a
 * send at most AMQP_SEND_DEADLINE_MS, receiving does not wait at all (poll amqp_fd()). After an
 * error, which is always ERR_BROKER, the connection must be closed. It belongs to one thread.
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

/* `name` is shown by `rabbitmqctl list_connections client_properties`. `patience_ms` is how long
 * the broker may take for each answer, now and to later declarations. */
MUST_CHECK enum err amqp_connect(const struct bus_url *url, const char *name, int64_t patience_ms,
                                 struct amqp **ret_amqp, struct error *error);
void amqp_disconnect(struct amqp *amqp);
AUTO_CLOSE(amqp, struct amqp, amqp_disconnect)

/* For poll(2), when amqp_receive() has nothing more. */
int amqp_fd(const struct amqp *amqp);

/* Topology. Everything is durable; declaring something that exists changes nothing. */
MUST_CHECK enum err amqp_declare_exchange(struct amqp *amqp, const char *name, const char *type,
                                          struct error *error);

struct amqp_queue {
    const char *name;
    int32_t messages_most; /* beyond which the oldest are dropped */
    int64_t bytes_most;
    int64_t expires_ms; /* deleted when unused for so long; 0: never */
    bool single_active_consumer;
};
/* A queue of that name with other arguments is deleted, with its messages, and declared again. */
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
    const char *exchange; /* "" is the default one: the routing key names the queue */
    struct slice routing_key;
    struct slice body;
    const char *content_type;
    bool persistent;
    struct slice message_id, type; /* empty: none */
    int64_t timestamp_s;           /* 0: none */
    const struct amqp_header *headers;
    size_t header_count;
};
/* Short strings longer than AMQP_NAME_BYTES_MOST and headers of more than about 100 KiB are the
 * caller's mistake. */
MUST_CHECK enum err amqp_publish(struct amqp *amqp, const struct amqp_message *message,
                                 struct error *error);

/* From now on each message published is confirmed: they have the tags 1, 2, 3 … */
MUST_CHECK enum err amqp_ask_for_confirms(struct amqp *amqp, struct error *error);

/* Between the two, small writes are gathered into full packets. */
void amqp_cork(struct amqp *amqp);
void amqp_uncork(struct amqp *amqp);

MUST_CHECK enum err amqp_consume(struct amqp *amqp, const char *queue, uint16_t prefetch,
                                 struct error *error);
/* Acknowledges this message and all before it. */
MUST_CHECK enum err amqp_acknowledge(struct amqp *amqp, uint64_t tag, struct error *error);

enum amqp_what {
    AMQP_NOTHING,   /* nothing has come */
    AMQP_MESSAGE,   /* tag, redelivered, body, headers */
    AMQP_CONFIRMED, /* tag, multiple: this one, or all up to it */
    AMQP_REFUSED,   /* tag, multiple: rejected, publish again */
    AMQP_BLOCKED,   /* the broker is short of memory or disk: text; publish nothing */
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
/* The next thing that has come; returns at once. Its texts are valid until the next call. Also keeps
 * the connection alive: call it every second or so. */
MUST_CHECK enum err amqp_receive(struct amqp *amqp, struct amqp_incoming *ret, struct error *error);

/* A header of a message received; NULL if the message does not have it. */
const struct amqp_header *amqp_find_header(const struct amqp_incoming *incoming, const char *name);

/* librabbitmq's: "0.11.0" */
const char *amqp_library_version(void);
