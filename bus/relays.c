/* The two relays as one thing. */
#include "bus/relays.h"

#include "bus/relay.h"

struct relays {
    char *data_directory, *log_url;
    bool running; /* false with log: */
    struct relay log, events;
};

static void prepare(struct relays *relays, struct relay *relay, const struct bus_url *url,
                    struct log_damage *damage)
{
    relay->damage = damage;
    relay->data_directory = relays->data_directory;
    relay->log_url = relays->log_url;
    relay->url = *url;
}

enum err relays_start(const char *data_directory, const char *log_url, const struct bus_url *url,
                      struct log_damage *damage, struct relays **ret_relays, struct error *error)
{
    struct relays *relays = calloc(1, sizeof *relays);
    REQUIRE(relays);
    relays->data_directory = strdup(data_directory);
    relays->log_url = strdup(log_url);
    REQUIRE(relays->data_directory && relays->log_url);
    prepare(relays, &relays->log, url, damage);
    prepare(relays, &relays->events, url, damage);
    enum err err = url->is_log ? OK : events_relay_init(&relays->events, error);
    if (err) {
        relays_stop(relays);
        return err;
    }
    if (!url->is_log) {
        log_relay_init(&relays->log);
        relay_start(&relays->log);
        relay_start(&relays->events);
        relays->running = true;
    }
    *ret_relays = relays;
    return OK;
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
    free(relays->data_directory);
    free(relays->log_url);
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
