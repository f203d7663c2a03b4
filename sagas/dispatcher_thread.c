/* The dispatcher's thread. Commands go to the endpoint, many in a request, and questions, one in
 * each; the sagas' own events to its control socket, many in a request and one request at a time,
 * which keeps their order. Each of the two ways has a breaker of its own. */
#include "base/clock.h"
#include "base/wake.h"
#include "sagas/dispatcher_private.h"

#include <unistd.h>

#define REQUESTS_MOST   2 /* with commands */
#define WORK_LONGEST_MS 200

/* ---- sending ---- */

static void start(struct dispatcher *d, struct dispatch_call *call)
{
    struct line *line = dispatcher_line_of(d, call);
    line->in_flight += call->count;
    line->requests += call->kind != DISPATCH_QUESTION;
    for (struct dispatch_item *item = call->items.first; item; item = item->next) {
        item->left = true;
        if (d->options.before_send)
            d->options.before_send(d->options.context);
    }
    dispatch_call_start(call, d->base_url, d->socket_path, d->calls);
}

/* Why it must not be sent; NULL: it may. */
static const char *why_not(const struct dispatcher *d, const struct dispatch_item *item,
                           int64_t now_us)
{
    if (item->withdrawn)
        return item->left ? "the saga was abandoned meanwhile; it may have happened"
                          : "the saga was abandoned before it was sent";
    bool is_too_old = item->kind == DISPATCH_COMMAND && item->was_sent &&
                      now_us - item->first_sent_us > d->options.key_lifetime_us;
    return is_too_old ? "sent so long ago that its key may be forgotten; it may have happened"
                      : NULL;
}

static size_t may_start(const struct line *line, size_t most)
{
    size_t allowed = (size_t)breaker_allows(&line->breaker, clock_monotonic_ms(), (int)most);
    return allowed > line->in_flight ? allowed - line->in_flight : 0;
}

static void start_question(struct dispatcher *d, struct dispatch_item *item)
{
    struct dispatch_call *call = dispatch_call_create(DISPATCH_QUESTION);
    dispatch_call_add(call, item);
    start(d, call);
}

/* Adds the command to the request that is being filled, which goes once it is full. False if no
 * more requests may go: while they are on their way, more commands come together. */
static bool add_command(struct dispatcher *d, struct dispatch_call **filling,
                        struct dispatch_item *item)
{
    if (*filling && !dispatch_call_has_room(*filling, item)) {
        start(d, *filling);
        *filling = NULL;
    }
    if (!*filling && d->commands.requests >= REQUESTS_MOST)
        return false;
    if (!*filling)
        *filling = dispatch_call_create(DISPATCH_COMMAND);
    dispatch_call_add(*filling, item);
    return true;
}

/* True if it is on its way now. */
static bool start_item(struct dispatcher *d, struct dispatch_call **filling,
                       struct dispatch_item *item, int64_t now_ms)
{
    if (item->due_ms > now_ms)
        return false;
    if (item->kind == DISPATCH_COMMAND)
        return add_command(d, filling, item);
    start_question(d, item);
    return true;
}

/* What cannot go yet waits in front of what comes. */
static void start_commands(struct dispatcher *d)
{
    struct dispatch_call *filling = NULL;
    struct dispatch_list later;
    int64_t now_us = clock_monotonic_us(), now_ms = now_us / 1000;
    size_t room = may_start(&d->commands, d->options.in_flight);
    dispatch_list_init(&later);
    for (struct dispatch_item *item; (item = dispatch_list_take(&d->commands.ready));) {
        const char *reason = why_not(d, item, now_us);
        if (reason)
            dispatcher_answers_add(d, item, DISPATCH_GIVEN_UP, reason);
        else if (room > 0 && start_item(d, &filling, item, now_ms))
            room--;
        else
            dispatch_list_add(&later, item);
    }
    if (filling)
        start(d, filling);
    dispatch_list_put_back(&d->commands.ready, &later);
}

/* One request at a time, which keeps their order. */
static void start_events(struct dispatcher *d)
{
    struct dispatch_list *ready = &d->events.ready;
    if (!ready->first || may_start(&d->events, 1) == 0)
        return;
    struct dispatch_call *call = dispatch_call_create(DISPATCH_EVENT);
    while (ready->first && dispatch_call_has_room(call, ready->first))
        dispatch_call_add(call, dispatch_list_take(ready));
    start(d, call);
}

static void withdraw_in_flight(void *number, void *call_)
{
    struct dispatch_call *call = call_;
    if (call->kind != DISPATCH_EVENT)
        dispatch_list_withdraw(&call->items, *(const int64_t *)number);
}

static void take_in(struct dispatcher *d, struct dispatch_item *item)
{
    if (item->kind != DISPATCH_WITHDRAWAL) {
        dispatch_list_add(item->kind == DISPATCH_EVENT ? &d->events.ready : &d->commands.ready,
                          item);
        return;
    }
    dispatch_list_withdraw(&d->commands.ready, item->number);
    http_calls_each(d->calls, withdraw_in_flight, &item->number);
    dispatch_item_destroy(item);
}

static bool take_inbox(struct dispatcher *d)
{
    struct dispatch_list taken;
    dispatch_list_init(&taken);
    wake_clear(d->inbox_fd);
    pthread_mutex_lock(&d->mutex);
    dispatch_list_append(&taken, &d->inbox);
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->mutex);
    for (struct dispatch_item *item; (item = dispatch_list_take(&taken));)
        take_in(d, item);
    return !stopping;
}

void *dispatcher_thread_run(void *dispatcher)
{
    struct dispatcher *d = dispatcher;
    pthread_setname_np(pthread_self(), "dispatcher");
    while (take_inbox(d)) {
        start_commands(d);
        start_events(d);
        dispatcher_answers_idle(d, &d->commands);
        bool waits = d->commands.ready.first || d->events.ready.first;
        dispatcher_answers_tell(d);
        http_calls_work(d->calls, d->inbox_fd, waits ? 20 : WORK_LONGEST_MS);
        dispatcher_answers_tell(d);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static void find_metrics(struct dispatcher *d)
{
    d->accepted = metric_series(METRIC_SAGA_ANSWERS, "accepted");
    d->refused = metric_series(METRIC_SAGA_ANSWERS, "refused");
    d->retried = metric_series(METRIC_SAGA_ANSWERS, "retried");
    d->given_up = metric_series(METRIC_SAGA_ANSWERS, "given-up");
    d->held = metric_series(METRIC_SAGA_WAITING, "");
    d->commands.open_metric = metric_series(METRIC_SAGA_BREAKER_OPEN, "commands");
    d->events.open_metric = metric_series(METRIC_SAGA_BREAKER_OPEN, "events");
}

void dispatcher_thread_init(struct dispatcher *d)
{
    d->commands.breaker = d->events.breaker = DISPATCHER_BREAKER;
    d->fresh.last = &d->fresh.first;
    dispatch_list_init(&d->commands.ready);
    dispatch_list_init(&d->events.ready);
    d->calls = http_calls_create(d->options.in_flight + 1, dispatcher_answers_done, d);
    find_metrics(d);
}

void dispatcher_thread_finish(struct dispatcher *d)
{
    d->ended = true;
    http_calls_destroy(d->calls);
    dispatcher_answers_tell(d);
    dispatch_list_drop(&d->commands.ready);
    dispatch_list_drop(&d->events.ready);
}
