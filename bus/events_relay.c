/* The relay of events: publishes every event to the exchange annal.events, for other services, at
 * least once and in order. The cursor advances only over events that the broker has confirmed, and
 * skips none. After a rejected event or a lost connection, publishing continues after the cursor.
 */
#include "base/clock.h"
#include "base/log.h"
#include "bus/confirm_window.h"
#include "bus/event_message.h"
#include "bus/relay.h"
#include "bus/topology.h"
#include "event_store/event_store.h"

#define CHUNK_EVENTS       256
#define CHUNK_BYTES        (256 << 10)
#define CONFIRM_TIMEOUT_MS 30000
#define SAVE_EVERY_MS      250

struct events_relay {
    struct relay *relay;
    struct confirm_window window;
    int64_t
        progress_ms; /* when the oldest unconfirmed event began to wait, or the broker last sent something */
    bool begun;   /* the stored cursor was read */
    bool refused; /* the broker rejected an event: connect again */
    bool unsaved; /* the window's `confirmed` has advanced since saved_ms */
    int64_t saved_ms;
    struct event_batch batch;
    struct event_message message;
};

/* ---- the cursor ---- */

static void save(struct events_relay *self)
{
    const struct relay_options *options = &self->relay->options;
    self->saved_ms = clock_monotonic_ms();
    self->unsaved = false;
    options->save(options->context, self->relay->work->name, &self->window.confirmed);
}

static enum err is_in_log(struct event_store *log, const struct checkpoint *cursor, bool *ret_is,
                          struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    enum err err = event_store_hash_at(log, cursor->position, hash, error);
    *ret_is = !err && memcmp(hash, cursor->hash, sizeof hash) == 0;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* The cursor is read once; from then on the window is newer. If its hash is not that of the event at its
 * position, it was edited or belongs to another log, and does not show which events were published. */
static enum err read_cursor(struct events_relay *self, struct error *error)
{
    struct checkpoint *cursor = &self->window.confirmed;
    bool is = false;
    if (self->begun)
        return OK;
    enum err err =
        event_store_read_cursor(self->relay->log, self->relay->work->name, cursor, error);
    if (!err)
        err = is_in_log(self->relay->log, cursor, &is, error);
    if (err)
        return err;
    if (!is) {
        log_warning("relay events: the cursor at position %lld does not match the log; publishing "
                    "all events again",
                    (long long)cursor->position);
        cursor->position = 0;
        memset(cursor->hash, 0, sizeof cursor->hash);
    }
    self->begun = true;
    return OK;
}

/* ---- publishing and confirms ---- */

static enum err begin(void *context, struct error *error)
{
    struct events_relay *self = context;
    enum err err = read_cursor(self, error);
    if (!err)
        err = topology_declare_events(self->relay->amqp, error);
    if (!err)
        err = amqp_ask_for_confirms(self->relay->amqp, error);
    if (err)
        return err;
    confirm_window_begin(&self->window);
    self->refused = false;
    relay_set_position(self->relay, self->window.confirmed.position);
    return OK;
}

static void heard(void *context, const struct amqp_incoming *incoming)
{
    struct events_relay *self = context;
    if (incoming->what == AMQP_CONFIRMED &&
        confirm_window_confirm(&self->window, incoming->tag, incoming->multiple))
        self->unsaved = true;
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
        confirm_window_add(&self->window, event);
        err = amqp_publish(self->relay->amqp, event_message_make(&self->message, event), error);
    }
    amqp_uncork(self->relay->amqp);
    return err;
}

static enum err publish_next(struct events_relay *self, bool *ret_more, struct error *error)
{
    size_t room = confirm_window_room(&self->window);
    struct read_limit limit = {room < CHUNK_EVENTS ? room : CHUNK_EVENTS, CHUNK_BYTES};
    if (room == 0)
        return OK;
    if (room == CONFIRM_WINDOW_EVENTS)
        self->progress_ms = clock_monotonic_ms();
    enum err err = event_store_read_after(self->relay->log, self->window.published, limit,
                                          &self->batch, error);
    if (!err && self->batch.count > 0)
        err = publish(self, error);
    *ret_more = self->batch.count > 0;
    return err;
}

static enum err step(void *context, bool *ret_more, struct error *error)
{
    struct events_relay *self = context;
    int64_t now_ms = clock_monotonic_ms();
    relay_set_position(self->relay, self->window.confirmed.position);
    if (self->unsaved && now_ms - self->saved_ms >= SAVE_EVERY_MS)
        save(self);
    if (self->refused)
        return error_set(error, ERR_BROKER, "RabbitMQ rejected an event");
    if (confirm_window_room(&self->window) < CONFIRM_WINDOW_EVENTS &&
        now_ms - self->progress_ms > CONFIRM_TIMEOUT_MS)
        return error_set(error, ERR_BROKER, "RabbitMQ has confirmed nothing for %d s",
                         CONFIRM_TIMEOUT_MS / 1000);
    return publish_next(self, ret_more, error);
}

static void end(void *context)
{
    struct events_relay *self = context;
    relay_set_position(self->relay, self->window.confirmed.position);
    if (self->unsaved)
        save(self);
}

static void destroy(void *context)
{
    struct events_relay *self = context;
    event_batch_finish(&self->batch);
    event_message_finish(&self->message);
    free(self);
}

void events_relay_init(struct relay *relay)
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
    relay->context = self;
    relay->work = &work;
}
