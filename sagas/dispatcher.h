/* Sends the messages of sagas, many at once over kept-alive connections: commands and questions to the
 * command endpoint, the sagas' own events to its control socket. Each is sent until it is answered.
 * The key of a command makes a repeat harmless; a command whose key may have expired is not sent again.
 *
 * It runs on its own thread, "dispatcher", and knows neither sagas nor their store. Its functions are
 * called from one thread, the owner's; dispatcher_reach() from any.
 */
#pragma once

#include "sagas/outbox_message.h"

struct dispatcher;

struct dispatcher_options {
    const char *base_url;       /* "http://127.0.0.1:8080" */
    const char *data_directory; /* for the control socket of `commands` */
    size_t in_flight;           /* commands and questions at once; 0: 256 */
    int64_t key_lifetime_us;    /* how long an Idempotency-Key is kept */
    int wake_fd;                /* an eventfd, signalled when messages are answered */
    /* Tests only: called on the dispatcher's thread before a message is sent. May be NULL. */
    void (*before_send)(void *context);
    void *context;
};

MUST_CHECK enum err dispatcher_start(const struct dispatcher_options *options,
                                     struct dispatcher **ret_dispatcher, struct error *error);
/* Drops its messages; the outbox keeps their rows. */
void dispatcher_stop(struct dispatcher *dispatcher);
AUTO_CLOSE(dispatcher, struct dispatcher, dispatcher_stop)

/* How many more messages it accepts now: while the endpoint cannot be reached, one at a time. */
size_t dispatcher_room(struct dispatcher *dispatcher);
void dispatcher_send(struct dispatcher *dispatcher, struct outbox_messages *take_messages);

/* The message of that number must not be sent, or not again: it is given up, unless the answer to an
 * earlier attempt arrives. A number that the dispatcher does not have is ignored. */
void dispatcher_withdraw(struct dispatcher *dispatcher, int64_t number);

/* Appends the messages answered since the last call, in the order of their answers. */
void dispatcher_take(struct dispatcher *dispatcher, struct outbox_messages *answered);

/* False while the command endpoint, or its control socket, does not answer and its circuit breaker is
 * open. */
void dispatcher_reach(const struct dispatcher *dispatcher, bool *ret_commands, bool *ret_events);
