/* The connection of a subscription to the broker. A separate thread makes and closes it, because a broker
 * that does not answer delays both for seconds; the subscription follows the log meanwhile. The thread does
 * one task and ends; at most one runs.
 */
#include "bus/subscription_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/wake.h"
#include "bus/topology.h"

#include <unistd.h>

#define CONNECT_PATIENCE_MS 5000 /* for each answer of the broker */

static enum err connect_and_declare(const struct subscription_options *options,
                                    struct amqp **ret_amqp, struct error *error)
{
    AUTO(text) struct text name = {0};
    AUTO(amqp) struct amqp *amqp = NULL;
    text_printf(&name, "annal %s", options->name);
    enum err err = amqp_connect(options->url, name.at, CONNECT_PATIENCE_MS, &amqp, error);
    if (!err)
        err = topology_consume(amqp, options->name, error);
    if (err)
        return err;
    *ret_amqp = amqp;
    amqp = NULL;
    return OK;
}

static void *run(void *context)
{
    struct subscription_connection *connection = context;
    pthread_setname_np(pthread_self(), "connection");
    amqp_disconnect(connection->amqp);
    connection->amqp = NULL;
    if (connection->connects)
        connection->err =
            connect_and_declare(connection->options, &connection->amqp, &connection->error);
    atomic_store(&connection->done, true);
    wake_signal(connection->done_fd);
    return NULL;
}

/* Closes `old`, which may be NULL, or connects. */
static void begin(struct subscription_connection *connection, struct amqp *old)
{
    REQUIRE(!connection->running);
    connection->amqp = old;
    connection->connects = !old;
    connection->err = OK;
    atomic_store(&connection->done, false);
    REQUIRE(pthread_create(&connection->thread, NULL, run, connection) == 0);
    connection->running = true;
}

static void join(struct subscription_connection *connection)
{
    pthread_join(connection->thread, NULL);
    wake_clear(connection->done_fd);
    connection->running = false;
}

enum err subscription_connection_open(struct subscription *s, struct error *error)
{
    s->connection = (struct subscription_connection){.options = s->options};
    return wake_open(&s->connection.done_fd, error);
}

void subscription_connection_close(struct subscription *s)
{
    subscription_connection_end(s);
    if (s->connection.running)
        join(&s->connection);
    amqp_disconnect(s->connection.amqp);
    close(s->connection.done_fd);
}

static void consume(struct subscription *s)
{
    s->amqp = s->connection.amqp;
    s->connection.amqp = NULL;
    s->look_at_ms = 0; /* for events from before the queue was declared */
    s->received_tag = s->acknowledged_tag = 0;
    metric_set(s->metrics.consuming, 1);
    if (breaker_worked(&s->broker, clock_monotonic_ms()))
        log_info("%s: RabbitMQ is back", s->options->name);
}

void subscription_connection_advance(struct subscription *s)
{
    struct subscription_connection *connection = &s->connection;
    if (connection->running) {
        if (!atomic_load(&connection->done))
            return;
        join(connection);
        if (connection->err)
            subscription_connection_lost(s, &connection->error);
        else if (connection->amqp)
            consume(s);
    }
    if (!s->amqp && breaker_wait_ms(&s->broker, clock_monotonic_ms()) <= 0)
        begin(connection, NULL);
}

void subscription_connection_end(struct subscription *s)
{
    if (s->amqp)
        begin(&s->connection, s->amqp);
    s->amqp = NULL;
    metric_set(s->metrics.consuming, 0);
}

void subscription_connection_lost(struct subscription *s, const struct error *error)
{
    if (breaker_failed(&s->broker, error->code, clock_monotonic_ms()))
        log_warning("%s: %s; following the log until it is back", s->options->name, error->text);
    subscription_connection_end(s);
}
