/* What the two relays have in common: a thread that keeps a connection to RabbitMQ, takes a step when
 * the log has grown or the broker sends something, and reports its status.
 */
#pragma once

#include "base/breaker.h"
#include "bus/amqp.h"
#include "bus/bus_url.h"
#include "event_store/event_store.h"
#include "event_store/log_damage.h"
#include "schema/checkpoint.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

struct relay;

/* Stores the cursor of the relay `name` for event_store_read_cursor(), later: if the process ends before,
 * the events after the last stored cursor are published again. Called on the relay's thread, at most
 * four times a second; must return at once. */
typedef void relay_save_fn(void *context, const char *name, const struct checkpoint *at);

struct relay_options { /* borrowed until the relay ends */
    const char *log_url;
    const struct bus_url *url;
    struct log_damage *damage; /* a relay that finds the log damaged reports it here and ends */
    relay_save_fn *save;
    void *context; /* of `save` */
};
struct relay_status {
    const char *name; /* "log", "events" */
    bool connected;
    int64_t position;  /* published (log) or confirmed (events) up to here */
    char trouble[256]; /* the reason why it is not connected; "" if it is connected */
};
/* What differs between the relays. `context` is the relay's. After an error the relay connects again. */
struct relay_work {
    const char *name, *thread_name;
    /* After connecting: declare, and find the position to begin at. */
    enum err (*begin)(void *context, struct error *error);
    /* Publishes the next events; `*ret_more`: call it again at once. Not called while blocked. */
    enum err (*step)(void *context, bool *ret_more, struct error *error);
    /* The broker has sent something; may be NULL. */
    void (*heard)(void *context, const struct amqp_incoming *incoming);
    /* The connection is lost or the thread ends; may be NULL. */
    void (*end)(void *context);
    void (*destroy)(void *context);
};

struct relay {
    const struct relay_work *work;
    void *context;
    struct relay_options options;

    /* any thread */
    int wake_fd;
    atomic_bool woken, stopping;
    _Atomic int64_t head; /* of relays_wake() */
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

/* Starts the thread. The relay must exist until relay_join() has returned. */
void relay_start(struct relay *relay);
void relay_wake(struct relay *relay, int64_t head);
void relay_ask_to_stop(struct relay *relay);
/* Waits for the thread's end and destroys its context. */
void relay_join(struct relay *relay);

/* For the work: sets the position that the status shows. */
void relay_set_position(struct relay *relay, int64_t position);

/* The two kinds. */
void log_relay_init(struct relay *relay);
void events_relay_init(struct relay *relay);
