/* The relay of the log: publishes appended events to the exchange annal.log, for projectors and sagas.
 * Messages are transient and not confirmed, because a subscription that misses one reads the log. So
 * each connection begins at the head.
 */
#include "bus/log_message.h"
#include "bus/relay.h"
#include "bus/topology.h"
#include "event_store/event_store.h"

/* That far behind, subscriptions have already read the events from the log. */
#define BEHIND_EVENTS 10000

struct log_relay {
    struct relay *relay;
    struct checkpoint at; /* the last event published */
    bool skip;            /* was blocked: continue at the head */
    struct event_batch batch;
    struct text body;
};

static enum err begin_at_head(struct log_relay *self, struct error *error)
{
    self->skip = false;
    enum err err = event_store_head(self->relay->log, &self->at, NULL, error);
    if (!err)
        relay_set_position(self->relay, self->at.position);
    return err;
}

static enum err begin(void *context, struct error *error)
{
    struct log_relay *self = context;
    enum err err = topology_declare_log(self->relay->amqp, error);
    return err ? err : begin_at_head(self, error);
}

static void heard(void *context, const struct amqp_incoming *incoming)
{
    struct log_relay *self = context;
    if (incoming->what == AMQP_BLOCKED)
        self->skip = true;
}

static enum err publish(struct log_relay *self, struct error *error)
{
    const struct event *events = self->batch.events;
    int64_t head = atomic_load(&self->relay->head);
    int64_t newest = self->at.position + (int64_t)self->batch.count;
    for (size_t done = 0; done < self->batch.count;) {
        size_t count = log_message_write(events + done, self->batch.count - done, &self->body);
        enum err err =
            log_message_publish(self->relay->amqp, &self->at, count, head > newest ? head : newest,
                                text_slice(&self->body), error);
        if (err)
            return err;
        done += count;
        self->at.position += (int64_t)count;
        memcpy(self->at.hash, events[done - 1].hash, EVENT_HASH_BYTES);
    }
    return OK;
}

static enum err step(void *context, bool *ret_more, struct error *error)
{
    struct log_relay *self = context;
    const struct read_limit limit = {LOG_MESSAGE_EVENTS_MOST, LOG_MESSAGE_BYTES_MOST};
    if (self->skip || atomic_load(&self->relay->head) - self->at.position > BEHIND_EVENTS) {
        enum err err = begin_at_head(self, error);
        if (err)
            return err;
    }
    enum err err =
        event_store_read_after(self->relay->log, self->at.position, limit, &self->batch, error);
    if (!err && self->batch.count > 0)
        err = publish(self, error);
    if (err)
        return err;
    relay_set_position(self->relay, self->at.position);
    *ret_more = self->batch.count > 0;
    return OK;
}

static void destroy(void *context)
{
    struct log_relay *self = context;
    event_batch_finish(&self->batch);
    text_finish(&self->body);
    free(self);
}

void log_relay_init(struct relay *relay)
{
    static const struct relay_work work = {.name = "log",
                                           .thread_name = "relay-log",
                                           .begin = begin,
                                           .step = step,
                                           .heard = heard,
                                           .destroy = destroy};
    struct log_relay *self = calloc(1, sizeof *self);
    REQUIRE(self);
    self->relay = relay;
    relay->context = self;
    relay->work = &work;
}
