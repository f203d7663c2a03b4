/* Consumes messages. A message is applied only if its events, chained by hash to the event at the
 * checkpoint, end with the hash that the log has at the message's last position. So a message can
 * bring events sooner, but never other events.
 */
#include "bus/subscription_private.h"

#include "base/clock.h"
#include "bus/topology.h"

#include <poll.h>

#define DEAD_PATIENCE_MS 5000
#define LATE_US          100000 /* from the recording of an event until its message is applied */
#define MESSAGES_MOST    1000   /* received at a time, including dropped ones */

/* ---- messages that cannot be decoded ---- */

static enum err publish_dead(struct amqp *amqp, const char *subscription,
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
    int64_t deadline_ms = clock_monotonic_ms() + DEAD_PATIENCE_MS, left_ms = DEAD_PATIENCE_MS;
    for (; left_ms > 0; left_ms = deadline_ms - clock_monotonic_ms()) {
        struct amqp_incoming answer;
        struct pollfd wait = {.fd = amqp_fd(amqp), .events = POLLIN};
        enum err err = amqp_receive(amqp, &answer, error);
        if (err || answer.what == AMQP_CONFIRMED)
            return err;
        if (answer.what == AMQP_REFUSED)
            return error_set(error, ERR_BROKER, "RabbitMQ rejected the message");
        if (answer.what == AMQP_NOTHING)
            poll(&wait, 1, (int)left_ms);
    }
    return error_set(error, ERR_BROKER, "RabbitMQ did not confirm the message in time");
}

/* Returns once the broker has confirmed the message, or after DEAD_PATIENCE_MS. Uses a separate
 * connection, so that confirms do not mix with incoming messages. */
static enum err move_to_dead_queue(const struct bus_url *url, const char *subscription,
                                   const struct amqp_incoming *incoming, const char *reason,
                                   struct error *error)
{
    AUTO(amqp) struct amqp *amqp = NULL;
    enum err err = amqp_connect(url, "annal dead letter", DEAD_PATIENCE_MS, &amqp, error);
    if (!err)
        err = topology_declare_dead(amqp, error);
    if (!err)
        err = amqp_ask_for_confirms(amqp, error);
    if (!err)
        err = publish_dead(amqp, subscription, incoming, reason, error);
    if (!err)
        err = await_confirm(amqp, error);
    return err ? error_add_context(error, err, "move a message to " TOPOLOGY_DEAD_QUEUE) : OK;
}

/* ---- a message ---- */

/* Sets the hashes of the events from `begin` on, and compares the last with the log's. */
static enum err verify(struct subscription *s, size_t begin, bool *ret_true, struct error *error)
{
    struct log_message *message = s->message;
    const unsigned char *previous = s->ahead.hash;
    for (size_t i = begin; i < message->count; i++) {
        event_compute_hash(s->sha, previous, &message->events[i], message->events[i].hash);
        previous = message->events[i].hash;
    }
    unsigned char truth[EVENT_HASH_BYTES];
    enum err err = event_store_hash_at(s->log, message->last, truth, error);
    if (err && err != ERR_NOT_FOUND)
        return err;
    *ret_true = !err && memcmp(previous, truth, EVENT_HASH_BYTES) == 0;
    return OK;
}

static void drop_other_log(struct subscription *s)
{
    metric_add(s->metrics.foreign, 1);
    s->look_at_ms = 0; /* perhaps the URL names another log now */
}

/* The log has had newer events for some time: the message was late, or says so. Without this, a broker that
 * delivers slowly but steadily would decide how far behind the subscription may be. Both are only hints. */
static bool is_behind(const struct log_message *message)
{
    int64_t age_us = clock_now_us() - message->events[message->count - 1].time_us;
    return age_us > LATE_US || message->head - message->last > SUBSCRIPTION_FAR_EVENTS;
}

static enum err apply_from(struct subscription *s, size_t begin, struct error *error)
{
    const struct log_message *message = s->message;
    for (size_t i = begin; i < message->count; i++) {
        enum err err = subscription_transaction_apply(s, &message->events[i], error);
        if (err)
            return err;
    }
    s->look_at_ms = is_behind(message) ? 0 : clock_monotonic_ms() + SUBSCRIPTION_IDLE_MS;
    return OK;
}

static enum err drop_or_apply(struct subscription *s, struct error *error)
{
    const struct log_message *message = s->message;
    if (strcmp(message->log_id, s->at.log_id) != 0) {
        drop_other_log(s);
        return OK;
    }
    if (message->last <= s->ahead.position) {
        metric_add(s->metrics.dropped, 1);
        return OK;
    }
    if (message->first > s->ahead.position + 1) {
        s->look_at_ms = 0; /* the log has the missing events, and these */
        return OK;
    }
    size_t begin = (size_t)(s->ahead.position + 1 - message->first);
    bool is_true = begin > 0 || memcmp(message->prev, s->ahead.hash, EVENT_HASH_BYTES) == 0;
    enum err err = is_true ? verify(s, begin, &is_true, error) : OK;
    if (err)
        return err;
    if (!is_true) {
        drop_other_log(s);
        return OK;
    }
    return apply_from(s, begin, error);
}

/* ---- all messages that have come ---- */

/* A message that cannot be decoded; its texts are valid until the next one is received. */
struct undecodable {
    bool found;
    struct amqp_incoming message;
    struct error reason;
};

/* *ret_broker is an error of the broker, as opposed to one of the subscriber or the log. Ends at a
 * message that cannot be decoded: moving it may take seconds, so the transaction is committed first. */
static enum err take_messages(struct subscription *s, bool *ret_busy,
                              struct undecodable *undecodable, enum err *ret_broker,
                              struct error *error)
{
    *ret_busy = false;
    for (int taken = 0; taken < MESSAGES_MOST; taken++) {
        struct amqp_incoming incoming;
        *ret_broker = amqp_receive(s->amqp, &incoming, error);
        if (!*ret_broker && incoming.what == AMQP_CANCELLED)
            *ret_broker = error_set(error, ERR_BROKER, "the queue was deleted");
        if (*ret_broker || incoming.what == AMQP_NOTHING)
            return OK;
        if (incoming.what != AMQP_MESSAGE)
            continue;
        if (log_message_read(&incoming, s->message, &undecodable->reason) != OK) {
            undecodable->found = true;
            undecodable->message = incoming;
            break;
        }
        enum err err = drop_or_apply(s, error);
        if (err)
            return err;
        s->received_tag = incoming.tag;
        if (s->look_at_ms == 0 || subscription_transaction_is_full(s))
            break;
    }
    *ret_busy = true;
    return OK;
}

static enum err acknowledge(struct subscription *s, struct error *error)
{
    if (s->received_tag == s->acknowledged_tag)
        return OK;
    s->acknowledged_tag = s->received_tag;
    return amqp_acknowledge(s->amqp, s->received_tag, error);
}

static enum err move_undecodable(struct subscription *s, const struct undecodable *undecodable,
                                 struct error *error)
{
    metric_add(s->metrics.undecodable, 1);
    s->look_at_ms = 0; /* it may be a damaged message of this log, and more may follow */
    enum err err = move_to_dead_queue(s->options->url, s->options->name, &undecodable->message,
                                      undecodable->reason.text, error);
    if (!err)
        s->received_tag = undecodable->message.tag;
    return err;
}

enum err subscription_messages_consume(struct subscription *s, bool *ret_busy, struct error *error)
{
    enum err broker = OK;
    struct error trouble = {0};
    struct undecodable undecodable = {0};
    enum err err = take_messages(s, ret_busy, &undecodable, &broker, error);
    if (err)
        return err; /* acknowledged with later messages; its events are read from the log */
    if (broker && error)
        trouble = *error;
    err = subscription_transaction_commit(s, error);
    if (err && undecodable.found)
        subscription_connection_end(s); /* so that the message is delivered again, and then moved */
    if (err)
        return err;
    if (!broker && undecodable.found)
        broker = move_undecodable(s, &undecodable, &trouble);
    if (!broker)
        broker = acknowledge(s, &trouble);
    if (broker)
        subscription_connection_lost(s, &trouble);
    return OK;
}
