/* Starts, wakes and stops both relays together. */
#include "bus/relays.h"

struct relays {
    bool running; /* false with log: */
    struct relay log, events;
};

void relays_start(const struct relay_options *options, struct relays **ret_relays)
{
    struct relays *relays = calloc(1, sizeof *relays);
    REQUIRE(relays);
    if (!options->url->is_log) {
        relays->log.options = relays->events.options = *options;
        log_relay_init(&relays->log);
        events_relay_init(&relays->events);
        relay_start(&relays->log);
        relay_start(&relays->events);
        relays->running = true;
    }
    *ret_relays = relays;
}

void relays_wake(void *relays, int64_t head)
{
    struct relays *self = relays;
    if (!self->running)
        return;
    relay_wake(&self->log, head);
    relay_wake(&self->events, head);
}

void relays_stop(struct relays *relays)
{
    if (!relays)
        return;
    if (relays->running) {
        relay_ask_to_stop(&relays->log);
        relay_ask_to_stop(&relays->events);
        relay_join(&relays->log);
        relay_join(&relays->events);
    }
    free(relays);
}

static void copy_status(struct relay *relay, struct relay_status *status)
{
    pthread_mutex_lock(&relay->mutex);
    *status = relay->status;
    pthread_mutex_unlock(&relay->mutex);
}

int relays_status(struct relays *relays, struct relay_status status[2])
{
    if (!relays->running)
        return 0;
    copy_status(&relays->log, &status[0]);
    copy_status(&relays->events, &status[1]);
    return 2;
}
