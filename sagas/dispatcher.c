#include "base/clock.h"
#include "base/wake.h"
#include "http/control.h"
#include "sagas/dispatcher_private.h"

#include <errno.h>
#include <unistd.h>

#define IN_FLIGHT    256 /* so many fill a transaction of the command desk */
#define WAITING_MOST 512 /* held here, sent or not */

static void init(struct dispatcher *d, const struct dispatcher_options *options)
{
    d->options = *options;
    if (d->options.in_flight == 0)
        d->options.in_flight = IN_FLIGHT;
    d->base_url = strdup(options->base_url);
    REQUIRE(d->base_url && pthread_mutex_init(&d->mutex, NULL) == 0);
    d->answers.last = &d->answers.first;
    dispatch_list_init(&d->inbox);
    dispatcher_thread_init(d);
}

enum err dispatcher_start(const struct dispatcher_options *options,
                          struct dispatcher **ret_dispatcher, struct error *error)
{
    struct sockaddr_un address;
    enum err err = control_path(options->data_directory, "commands", &address, error);
    int fd = -1;
    if (!err)
        err = wake_open(&fd, error);
    if (err)
        return err;
    struct dispatcher *d = calloc(1, sizeof *d);
    REQUIRE(d);
    init(d, options);
    d->inbox_fd = fd;
    memcpy(d->socket_path, address.sun_path, sizeof d->socket_path);
    REQUIRE(pthread_create(&d->thread, NULL, dispatcher_thread_run, d) == 0);
    *ret_dispatcher = d;
    return OK;
}

void dispatcher_stop(struct dispatcher *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->mutex);
    d->stopping = true;
    pthread_mutex_unlock(&d->mutex);
    wake_signal(d->inbox_fd);
    pthread_join(d->thread, NULL);
    dispatcher_thread_finish(d);
    dispatch_list_drop(&d->inbox);
    dispatch_answers_destroy(dispatcher_take(d));
    pthread_mutex_destroy(&d->mutex);
    close(d->inbox_fd);
    free(d->base_url);
    free(d);
}

size_t dispatcher_room(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    size_t most = d->commands.open ? 1 : WAITING_MOST;
    size_t room = d->waiting < most ? most - d->waiting : 0;
    pthread_mutex_unlock(&d->mutex);
    return room;
}

void dispatcher_send(struct dispatcher *d, struct dispatch_list *take_items)
{
    size_t count = 0;
    if (!take_items->first)
        return;
    for (const struct dispatch_item *item = take_items->first; item; item = item->next)
        count += item->kind != DISPATCH_WITHDRAWAL;
    pthread_mutex_lock(&d->mutex);
    dispatch_list_append(&d->inbox, take_items);
    d->waiting += count;
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    wake_signal(d->inbox_fd);
}

struct dispatch_answer *dispatcher_take(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    struct dispatch_answer *answers = d->answers.first;
    d->answers = (struct answer_list){.last = &d->answers.first};
    pthread_mutex_unlock(&d->mutex);
    return answers;
}

void dispatcher_reach(struct dispatcher *d, bool *ret_commands, bool *ret_events)
{
    pthread_mutex_lock(&d->mutex);
    *ret_commands = !d->commands.open;
    *ret_events = !d->events.open;
    pthread_mutex_unlock(&d->mutex);
}
