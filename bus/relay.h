/* What the two relays have in common: a thread that is connected to RabbitMQ whenever it can be,
 * takes a step when the log has grown or the broker says something, and tells how it is. Only the
 * files of the relays include it.
 */
#pragma once

#include "base/breaker.h"
#include "bus/amqp.h"
#include "bus/relays.h"
#include "event_store/event_store.h"
#include "event_store/log_damage.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

struct relay;

/* What differs. `context` is the relay's own. Errors end the connection; it is made again. */
struct relay_work {
    const char *name, *thread_name;
    /* Just connected: declare, and find the place to begin. */
    enum err (*begin)(void *context, struct error *error);
    /* Does what there is to do; `*ret_more`: there is more at once. Not called while blocked. */
    enum err (*step)(void *context, bool *ret_more, struct error *error);
    /* What the broker said; may be NULL. */
    void (*heard)(void *context, const struct amqp_incoming *incoming);
    /* The connection is gone or the thread ends; may be NULL. */
    void (*end)(void *context);
    void (*destroy)(void *context);
};

struct relay {
    const struct relay_work *work;
    void *context;
    struct relays_options options;

    /* any thread */
    int wake_fd;
    atomic_bool woken, stopping;
    _Atomic int64_t head; /* as told by relays_wake() */
    pthread_t thread;
    pthread_mutex_t mutex;      /* around: */
    struct relay_status status; /* name, connected, position, trouble */

    /* the relay's thread */
    struct amqp *amqp;
    struct event_store *log;
    bool blocked;
    bool was_connected;
    struct breaker breaker;
    struct {
        struct metric_series *position, *connected, *reconnects;
    } metrics;
};

/* Starts the thread. The relay must stay until relay_join(). */
void relay_start(struct relay *relay);
void relay_wake(struct relay *relay, int64_t head);
void relay_ask_to_stop(struct relay *relay);
/* Waits for the thread's end and destroys its context. */
void relay_join(struct relay *relay);

/* For the work: the position it has reached, to be shown. */
void relay_set_position(struct relay *relay, int64_t position);

/* The two kinds. */
void log_relay_init(struct relay *relay);
void events_relay_init(struct relay *relay);
