/* The events' relay: publishes every event to the exchange annal.events, for other services, at
 * least once and in order. The cursor moves only over what the broker has confirmed, without a
 * hole; it never skips. A refusal or a lost connection means: again from the cursor on.
 */
#include "base/clock.h"
#include "base/log.h"
#include "bus/event_message.h"
#include "bus/relay.h"
#include "bus/relay_cursor.h"
#include "bus/topology.h"
#include "write_model/event_read.h"

#define WINDOW_EVENTS      1024 /* published and not confirmed, at most */
#define CHUNK_EVENTS       256
#define CHUNK_BYTES        (256 << 10)
#define CONFIRM_TIMEOUT_MS 30000
#define SAVE_EVERY_MS      250

struct events_relay {
    struct relay *relay;
    struct relay_cursor *cursor;
    struct checkpoint confirmed; /* the last event of the confirmed run */
    int64_t published;           /* position of the last event published */
    int64_t tag_zero;            /* an event's position is its message's tag and this */
    int64_t progress_ms; /* when the oldest unconfirmed one began to wait, or something came */
    bool refused, unsaved, save_failed;
    int64_t saved_ms;
    struct {
        bool confirmed;
        unsigned char hash[EVENT_HASH_BYTES];
    } window[WINDOW_EVENTS]; /* by position modulo its size */
    struct event_batch batch;
    struct event_message message;
};

/* ---- the cursor ---- */

static void save(struct events_relay *self)
{
    struct error error = {0};
    self->saved_ms = clock_monotonic_ms();
    bool failed = relay_cursor_save(self->cursor, &self->confirmed, &error) != OK;
    if (failed && !self->save_failed)
        log_error("relay events: %s; goes on, and may repeat events when it is started again",
                  error.text);
    self->save_failed = failed;
    self->unsaved = failed;
}

static enum err is_of_this_log(struct events_relay *self, bool *ret_is, struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    *ret_is = false;
    if (strcmp(self->confirmed.log_id, event_log_id(self->relay->log)) != 0)
        return OK;
    enum err err = event_log_hash_at(self->relay->log, self->confirmed.position, hash, error);
    if (err == ERR_NOT_FOUND)
        return OK;
    *ret_is = !err && memcmp(hash, self->confirmed.hash, sizeof hash) == 0;
    return err;
}

/* A cursor of another log says nothing about this one: none of its events has been sent. */
static enum err check_cursor(struct events_relay *self, struct error *error)
{
    bool is = false;
    enum err err = is_of_this_log(self, &is, error);
    if (err || is)
        return err;
    if (self->confirmed.log_id[0] != '\0')
        log_warning("relay events: the cursor at %lld is not of this log; sending all events",
                    (long long)self->confirmed.position);
    self->confirmed = (struct checkpoint){0};
    memcpy(self->confirmed.log_id, event_log_id(self->relay->log), ID_UUID_BYTES);
    return OK;
}

/* ---- publishing and confirms ---- */

static enum err begin(void *context, struct error *error)
{
    struct events_relay *self = context;
    enum err err = check_cursor(self, error);
    if (!err)
        err = topology_declare_events(self->relay->amqp, error);
    if (!err)
        err = amqp_ask_for_confirms(self->relay->amqp, error);
    if (err)
        return err;
    self->published = self->tag_zero = self->confirmed.position;
    self->refused = false;
    relay_set_position(self->relay, self->confirmed.position);
    return OK;
}

static void advance(struct events_relay *self)
{
    while (self->confirmed.position < self->published) {
        size_t next = (size_t)(self->confirmed.position + 1) % WINDOW_EVENTS;
        if (!self->window[next].confirmed)
            break;
        self->confirmed.position++;
        memcpy(self->confirmed.hash, self->window[next].hash, EVENT_HASH_BYTES);
        self->unsaved = true;
    }
}

static void confirm(struct events_relay *self, const struct amqp_incoming *incoming)
{
    int64_t last = self->tag_zero + (int64_t)incoming->tag;
    int64_t first = incoming->multiple ? self->confirmed.position + 1 : last;
    if (last > self->published || first <= self->confirmed.position)
        return; /* never sent, or confirmed already */
    for (int64_t position = first; position <= last; position++)
        self->window[(size_t)position % WINDOW_EVENTS].confirmed = true;
    advance(self);
}

static void heard(void *context, const struct amqp_incoming *incoming)
{
    struct events_relay *self = context;
    if (incoming->what == AMQP_CONFIRMED)
        confirm(self, incoming);
    if (incoming->what == AMQP_REFUSED)
        self->refused = true;
    self->progress_ms = clock_monotonic_ms();
}

static enum err publish(struct events_relay *self, struct error *error)
{
    enum err err = OK;
    amqp_cork(self->relay->amqp);
    for (size_t i = 0; !err && i < self->batch.count; i++) {
        const struct event *event = &self->batch.events[i];
        size_t slot = (size_t)event->position % WINDOW_EVENTS;
        REQUIRE(event->position == self->published + 1);
        self->window[slot].confirmed = false;
        memcpy(self->window[slot].hash, event->hash, EVENT_HASH_BYTES);
        err = amqp_publish(self->relay->amqp, event_message_make(&self->message, event), error);
        self->published++;
    }
    amqp_uncork(self->relay->amqp);
    return err;
}

static enum err publish_next(struct events_relay *self, bool *ret_more, struct error *error)
{
    int64_t waiting = self->published - self->confirmed.position;
    size_t room = (size_t)(WINDOW_EVENTS - waiting);
    struct read_limit limit = {room < CHUNK_EVENTS ? room : CHUNK_EVENTS, CHUNK_BYTES};
    if (room == 0)
        return OK;
    if (waiting == 0)
        self->progress_ms = clock_monotonic_ms();
    enum err err = event_read_all(self->relay->log, self->published, limit, &self->batch, error);
    if (!err && self->batch.count > 0)
        err = publish(self, error);
    *ret_more = self->batch.count > 0;
    return err;
}

static enum err step(void *context, bool *ret_more, struct error *error)
{
    struct events_relay *self = context;
    int64_t now_ms = clock_monotonic_ms();
    relay_set_position(self->relay, self->confirmed.position);
    if (self->unsaved && now_ms - self->saved_ms >= SAVE_EVERY_MS)
        save(self);
    if (self->refused)
        return error_set(error, ERR_BROKER, "RabbitMQ refused an event");
    if (self->published > self->confirmed.position &&
        now_ms - self->progress_ms > CONFIRM_TIMEOUT_MS)
        return error_set(error, ERR_BROKER, "RabbitMQ has confirmed nothing for %d s",
                         CONFIRM_TIMEOUT_MS / 1000);
    return publish_next(self, ret_more, error);
}

static void end(void *context)
{
    struct events_relay *self = context;
    relay_set_position(self->relay, self->confirmed.position);
    if (self->unsaved)
        save(self);
}

static void destroy(void *context)
{
    struct events_relay *self = context;
    relay_cursor_close(self->cursor);
    event_batch_finish(&self->batch);
    event_message_finish(&self->message);
    free(self);
}

enum err events_relay_init(struct relay *relay, struct error *error)
{
    static const struct relay_work work = {.name = "events",
                                           .thread_name = "relay-events",
                                           .begin = begin,
                                           .step = step,
                                           .heard = heard,
                                           .end = end,
                                           .destroy = destroy};
    struct events_relay *self = calloc(1, sizeof *self);
    REQUIRE(self);
    self->relay = relay;
    enum err err = relay_cursor_open(relay->data_directory, &self->cursor, error);
    if (!err)
        err = relay_cursor_read(self->cursor, &self->confirmed, error);
    if (err) {
        destroy(self);
        return err;
    }
    relay->context = self;
    relay->work = &work;
    return OK;
}
