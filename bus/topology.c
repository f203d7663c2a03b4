/* Every queue is bounded and drops its oldest messages, so that a stopped consumer cannot fill the
 * broker; a consumer that misses a message reads the log. */
#include "bus/topology.h"

#include "base/text.h"

#define WEEK_MS           (7 * 24 * 3600 * INT64_C(1000))
#define MESSAGES_PREFETCH 64

enum err topology_declare_log(struct amqp *amqp, struct error *error)
{
    return amqp_declare_exchange(amqp, TOPOLOGY_LOG_EXCHANGE, "fanout", error);
}

enum err topology_declare_events(struct amqp *amqp, struct error *error)
{
    return amqp_declare_exchange(amqp, TOPOLOGY_EVENTS_EXCHANGE, "topic", error);
}

enum err topology_declare_dead(struct amqp *amqp, struct error *error)
{
    const struct amqp_queue dead = {
        .name = TOPOLOGY_DEAD_QUEUE, .messages_most = 1000, .bytes_most = 64 << 20};
    return amqp_declare_queue(amqp, &dead, error);
}

enum err topology_consume(struct amqp *amqp, const char *name, struct error *error)
{
    AUTO(text) struct text queue_name = {0};
    text_printf(&queue_name, "annal.%s", name);
    const struct amqp_queue queue = {.name = queue_name.at,
                                     .messages_most = 10000,
                                     .bytes_most = 64 << 20,
                                     .expires_ms = WEEK_MS,
                                     .single_active_consumer = true};
    enum err err = topology_declare_log(amqp, error);
    if (!err)
        err = amqp_declare_queue(amqp, &queue, error);
    if (!err)
        err = amqp_bind(amqp, queue.name, TOPOLOGY_LOG_EXCHANGE, error);
    if (!err)
        err = amqp_consume(amqp, queue.name, MESSAGES_PREFETCH, error);
    return err ? error_add_context(error, err, "queue %s", queue.name) : OK;
}
