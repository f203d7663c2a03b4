/* The thread of a relay. Its loop contains the circuit breaker: after a failure it sends nothing until
 * the back-off is over, and then tries once to connect. A broker that is short of memory blocks
 * publishers without closing the connection: the status is then not connected, but the connection is
 * kept.
 */
#include "bus/relay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/wake.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define LOOK_MS     1000 /* at most, for heartbeats and cursors to be saved */
#define STABLE_MS   5000 /* after this time a connection counts as stable */

static void set_status(struct relay *relay, bool connected, const char *trouble)
{
    pthread_mutex_lock(&relay->mutex);
    relay->status.connected = connected;
    snprintf(relay->status.trouble, sizeof relay->status.trouble, "%s", trouble);
    pthread_mutex_unlock(&relay->mutex);
    metric_set(relay->metrics.connected, connected);
}

void relay_set_position(struct relay *relay, int64_t position)
{
    pthread_mutex_lock(&relay->mutex);
    relay->status.position = position;
    pthread_mutex_unlock(&relay->mutex);
    metric_set(relay->metrics.position, position);
}

/* Waits for a wake-up, the broker or the time. Clears the wake-up before the caller checks for work. */
static void wait_ms(struct relay *relay, int64_t ms)
{
    struct pollfd waits[] = {{.fd = relay->wake_fd, .events = POLLIN},
                             {.fd = relay->amqp ? amqp_fd(relay->amqp) : -1, .events = POLLIN}};
    poll(waits, 2, (int)ms);
    if (waits[0].revents & POLLIN) {
        wake_clear(relay->wake_fd);
        atomic_store(&relay->woken, false);
    }
}

static bool is_stopping(struct relay *relay)
{
    return atomic_load(&relay->stopping);
}

static void note_blocked(struct relay *relay, const struct amqp_incoming *incoming)
{
    char why[128];
    snprintf(why, sizeof why, "RabbitMQ blocks publishing: %.*s", SLICE(incoming->text));
    relay->blocked = incoming->what == AMQP_BLOCKED;
    set_status(relay, !relay->blocked, relay->blocked ? why : "");
    if (relay->blocked)
        log_warning("relay %s: %s", relay->work->name, why);
    else
        log_info("relay %s: RabbitMQ accepts messages again", relay->work->name);
}

static enum err listen(struct relay *relay, struct error *error)
{
    struct amqp_incoming incoming;
    for (;;) {
        enum err err = amqp_receive(relay->amqp, &incoming, error);
        if (err || incoming.what == AMQP_NOTHING)
            return err;
        if (incoming.what == AMQP_BLOCKED || incoming.what == AMQP_UNBLOCKED)
            note_blocked(relay, &incoming);
        if (relay->work->heard)
            relay->work->heard(relay->context, &incoming);
    }
}

static enum err connect_all(struct relay *relay, struct error *error)
{
    char name[64];
    snprintf(name, sizeof name, "annal relay %s", relay->work->name);
    enum err err =
        relay->log ? OK
                   : event_store_open(relay->options.log_url, EVENT_STORE_READ, &relay->log, error);
    if (!err)
        err = amqp_connect(relay->options.url, name, PATIENCE_MS, &relay->amqp, error);
    if (!err)
        err = relay->work->begin(relay->context, error);
    if (err)
        return err;
    set_status(relay, true, "");
    if (breaker_worked(&relay->breaker, clock_monotonic_ms()))
        log_info("relay %s: RabbitMQ is back", relay->work->name);
    metric_add(relay->metrics.reconnects, relay->was_connected);
    relay->was_connected = true;
    return OK;
}

static void disconnect(struct relay *relay)
{
    if (relay->amqp && relay->work->end)
        relay->work->end(relay->context);
    amqp_disconnect(relay->amqp);
    relay->amqp = NULL;
    relay->blocked = false;
}

/* Works until an error occurs or a stop is requested. */
static enum err work(struct relay *relay, struct error *error)
{
    bool more = true;
    while (!is_stopping(relay)) {
        wait_ms(relay, more ? 0 : LOOK_MS);
        more = false;
        enum err err = listen(relay, error);
        if (!err && !relay->blocked)
            err = relay->work->step(relay->context, &more, error);
        if (err)
            return err;
    }
    return OK;
}

static void note_trouble(struct relay *relay, const struct error *error)
{
    if (breaker_failed(&relay->breaker, error->code, clock_monotonic_ms()))
        log_warning("relay %s: %s; trying again", relay->work->name, error->text);
    set_status(relay, false, error->text);
}

static void *run(void *context)
{
    struct relay *relay = context;
    pthread_setname_np(pthread_self(), relay->work->thread_name);
    while (!is_stopping(relay)) {
        struct error error = {0};
        enum err err = connect_all(relay, &error);
        if (!err)
            err = work(relay, &error);
        if (err)
            note_trouble(relay, &error);
        disconnect(relay);
        if (err == ERR_CORRUPT) {
            log_damage_report(relay->options.damage, relay->work->thread_name, &error);
            break;
        }
        int64_t left_ms;
        while (!is_stopping(relay) &&
               (left_ms = breaker_wait_ms(&relay->breaker, clock_monotonic_ms())) > 0)
            wait_ms(relay, left_ms);
    }
    event_store_close(relay->log);
    return NULL;
}

void relay_start(struct relay *relay)
{
    relay->metrics.position = metric_series(METRIC_RELAY_POSITION, relay->work->name);
    relay->metrics.connected = metric_series(METRIC_RELAY_CONNECTED, relay->work->name);
    relay->metrics.reconnects = metric_series(METRIC_RELAY_RECONNECTS, relay->work->name);
    relay->status.name = relay->work->name;
    relay->breaker = (struct breaker){.backoff = {.first_ms = 100, .longest_ms = 5000},
                                      .failures_most = 1,
                                      .stable_ms = STABLE_MS};
    REQUIRE(wake_open(&relay->wake_fd, NULL) == OK);
    REQUIRE(pthread_mutex_init(&relay->mutex, NULL) == 0);
    REQUIRE(pthread_create(&relay->thread, NULL, run, relay) == 0);
}

static void signal_thread(struct relay *relay)
{
    if (!atomic_exchange(&relay->woken, true))
        wake_signal(relay->wake_fd);
}

void relay_wake(struct relay *relay, int64_t head)
{
    atomic_store(&relay->head, head);
    signal_thread(relay);
}

void relay_ask_to_stop(struct relay *relay)
{
    atomic_store(&relay->stopping, true);
    signal_thread(relay);
}

void relay_join(struct relay *relay)
{
    pthread_join(relay->thread, NULL);
    pthread_mutex_destroy(&relay->mutex);
    close(relay->wake_fd);
    relay->work->destroy(relay->context);
}
