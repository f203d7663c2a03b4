#include "bus/dead_queue.h"

#include "base/clock.h"
#include "bus/topology.h"

#include <poll.h>

#define PATIENCE_MS 5000

static enum err publish(struct amqp *amqp, const char *subscription,
                        const struct amqp_incoming *incoming, const char *reason,
                        struct error *error)
{
    const struct amqp_header headers[] = {
        {.name = slice_of("subscription"), .text = slice_of(subscription)},
        {.name = slice_of("reason"), .text = slice_of(reason)}};
    const struct amqp_message message = {.exchange = "",
                                         .routing_key = slice_of(TOPOLOGY_DEAD_QUEUE),
                                         .body = incoming->body,
                                         .content_type = "application/octet-stream",
                                         .persistent = true,
                                         .timestamp_s = clock_now_us() / 1000000,
                                         .headers = headers,
                                         .header_count = sizeof headers / sizeof *headers};
    return amqp_publish(amqp, &message, error);
}

static enum err await_confirm(struct amqp *amqp, struct error *error)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS, left_ms = PATIENCE_MS;
    for (; left_ms > 0; left_ms = deadline_ms - clock_monotonic_ms()) {
        struct amqp_incoming answer;
        struct pollfd wait = {.fd = amqp_fd(amqp), .events = POLLIN};
        enum err err = amqp_receive(amqp, &answer, error);
        if (err || answer.what == AMQP_CONFIRMED)
            return err;
        if (answer.what == AMQP_REFUSED)
            return error_set(error, ERR_BROKER, "RabbitMQ refused the message");
        if (answer.what == AMQP_NOTHING)
            poll(&wait, 1, (int)left_ms);
    }
    return error_set(error, ERR_BROKER, "RabbitMQ did not confirm the message in time");
}

enum err dead_queue_put(const struct bus_url *url, const char *subscription,
                        const struct amqp_incoming *incoming, const char *reason,
                        struct error *error)
{
    AUTO(amqp) struct amqp *amqp = NULL;
    enum err err = amqp_connect(url, "annal dead letter", PATIENCE_MS, &amqp, error);
    if (!err)
        err = topology_declare_dead(amqp, error);
    if (!err)
        err = amqp_ask_for_confirms(amqp, error);
    if (!err)
        err = publish(amqp, subscription, incoming, reason, error);
    if (!err)
        err = await_confirm(amqp, error);
    return err ? error_add_context(error, err, "move a message to " TOPOLOGY_DEAD_QUEUE) : OK;
}
