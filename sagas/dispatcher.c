/* Commands go to the endpoint, many in a request, and questions, one in each; the sagas' own events go to
 * its control socket, many in a request and one request at a time, which keeps their order. Each of
 * the two lines (dispatch_line.h) has its circuit breaker.
 *
 * `mutex` guards the members that both threads use; the others belong to the dispatcher's thread.
 */
#include "sagas/dispatcher.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wake.h"
#include "http/control.h"
#include "sagas/dispatch_line.h"

#include <pthread.h>
#include <sys/un.h>
#include <unistd.h>

#define IN_FLIGHT       256 /* so many fill a transaction of the command desk */
#define WAITING_MOST    512 /* held here, sent or not */
#define REQUESTS_MOST   2   /* with commands */
#define WORK_LONGEST_MS 200
#define WORK_RETRY_MS   20 /* while messages wait to be sent */

struct dispatcher {
    struct dispatcher_options options;
    char *base_url;
    char socket_path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int inbox_fd; /* an eventfd: look into the inbox, or stop */
    pthread_t thread;

    pthread_mutex_t mutex;
    struct outbox_messages inbox, answered;
    struct {
        int64_t *at; /* numbers */
        size_t count, capacity;
    } withdrawals;
    size_t waiting; /* accepted here and not answered */
    bool stopping;

    bool ended; /* the thread has ended: what is in flight is dropped */
    struct http_calls *calls;
    struct dispatch_line commands, events;
    struct outbox_messages fresh; /* answered; not yet handed to the owner */
    struct metric_series *outcomes[OUTBOX_GIVEN_UP + 1], *retried, *held;
};

static struct dispatch_line *line_of(struct dispatcher *d, enum outbox_kind kind)
{
    return kind == OUTBOX_EVENT ? &d->events : &d->commands;
}

/* ---- answers ---- */

static void note_answer(struct dispatcher *d, struct outbox_message *message)
{
    metric_add(d->outcomes[message->outcome], 1);
    if (message->kind == OUTBOX_EVENT && message->outcome == OUTBOX_REFUSED)
        log_error("event %s of saga %s was rejected: %s", message->command, message->target,
                  message->reason.at);
    outbox_messages_add(&d->fresh, message);
}

/* Many at once: the owner takes all of them in one transaction. */
static void hand_to_owner(struct dispatcher *d)
{
    if (!d->fresh.first)
        return;
    pthread_mutex_lock(&d->mutex);
    d->waiting -= d->fresh.count;
    outbox_messages_append(&d->answered, &d->fresh);
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    wake_signal(d->options.wake_fd);
}

static void settle_commands(struct dispatcher *d, struct outbox_messages *messages, bool reached)
{
    for (struct outbox_message *m; (m = outbox_messages_take(messages));) {
        if (m->outcome) {
            note_answer(d, m);
            continue;
        }
        if (reached)
            metric_add(d->retried, 1);
        m->due_ms = clock_monotonic_ms() + backoff_next_ms(&m->backoff);
        outbox_messages_add(&d->commands.ready, m);
    }
}

/* Either all have an outcome, or all are sent again, in their order. */
static void settle_events(struct dispatcher *d, struct outbox_messages *messages)
{
    if (!messages->first->outcome)
        outbox_messages_put_back(&d->events.ready, messages);
    for (struct outbox_message *m; (m = outbox_messages_take(messages));)
        note_answer(d, m);
}

static void request_done(void *context, void *request_, const struct http_call_answer *answer)
{
    struct dispatcher *d = context;
    struct dispatch_request *request = request_;
    struct dispatch_line *line = line_of(d, request->kind);
    dispatch_line_end(line, request);
    struct error error = {0};
    enum err err = dispatch_request_read(request, answer, &error);
    if (err)
        metric_add(d->retried, 1);
    if (!d->ended)
        dispatch_line_note(line, err, &error);
    if (request->kind == OUTBOX_EVENT)
        settle_events(d, &request->messages);
    else
        settle_commands(d, &request->messages, !err);
    dispatch_request_destroy(request);
}

/* ---- sending ---- */

static void start(struct dispatcher *d, struct dispatch_request *request)
{
    for (struct outbox_message *m = request->messages.first; m; m = m->next) {
        m->left = true;
        if (d->options.before_send)
            d->options.before_send(d->options.context);
    }
    dispatch_line_send(line_of(d, request->kind), request, d->base_url, d->socket_path, d->calls);
}

/* Why it must not be sent; NULL: it may. */
static const char *why_not(const struct dispatcher *d, const struct outbox_message *message,
                           int64_t now_us)
{
    if (message->withdrawn)
        return message->left ? "the saga was abandoned; the command may have taken effect"
                             : "the saga was abandoned before the command was sent";
    bool is_too_old = message->kind == OUTBOX_COMMAND && message->first_sent_us &&
                      now_us - message->sent_monotonic_us > d->options.key_lifetime_us;
    return is_too_old ? "sent so long ago that its key may have expired; it may have taken effect"
                      : NULL;
}

/* Adds the command to the request that is being filled, which is sent once it is full. False if no
 * more requests may be sent: meanwhile more commands gather for the next. */
static bool add_command(struct dispatcher *d, struct dispatch_request **filling,
                        struct outbox_message *message)
{
    if (*filling && dispatch_request_add(*filling, message))
        return true;
    if (*filling)
        start(d, *filling);
    *filling = NULL;
    if (d->commands.requests >= REQUESTS_MOST)
        return false;
    *filling = dispatch_request_create(OUTBOX_COMMAND);
    return dispatch_request_add(*filling, message);
}

/* True if it was sent or added to a request. */
static bool start_message(struct dispatcher *d, struct dispatch_request **filling,
                          struct outbox_message *message, int64_t now_ms)
{
    if (message->due_ms > now_ms)
        return false;
    if (message->kind == OUTBOX_COMMAND)
        return add_command(d, filling, message);
    struct dispatch_request *question = dispatch_request_create(OUTBOX_QUESTION);
    dispatch_request_add(question, message);
    start(d, question);
    return true;
}

/* Messages that cannot be sent yet stay in front of those that arrive later. */
static void start_commands(struct dispatcher *d)
{
    struct dispatch_request *filling = NULL;
    struct outbox_messages later = {0};
    int64_t now_us = clock_monotonic_us();
    size_t room = dispatch_line_room(&d->commands, d->options.in_flight);
    for (struct outbox_message *m; (m = outbox_messages_take(&d->commands.ready));) {
        const char *reason = why_not(d, m, now_us);
        if (reason) {
            outbox_message_give_up(m, reason);
            note_answer(d, m);
        } else if (room > 0 && start_message(d, &filling, m, now_us / 1000)) {
            room--;
        } else {
            outbox_messages_add(&later, m);
        }
    }
    if (filling)
        start(d, filling);
    outbox_messages_put_back(&d->commands.ready, &later);
}

/* One request at a time, which keeps their order. */
static void start_events(struct dispatcher *d)
{
    struct outbox_messages *ready = &d->events.ready;
    if (!ready->first || dispatch_line_room(&d->events, 1) == 0)
        return;
    struct dispatch_request *request = dispatch_request_create(OUTBOX_EVENT);
    for (struct outbox_message *m; (m = outbox_messages_take(ready));) {
        if (dispatch_request_add(request, m))
            continue;
        struct outbox_messages full = {0};
        outbox_messages_add(&full, m);
        outbox_messages_put_back(ready, &full);
        break;
    }
    start(d, request);
}

/* ---- the thread ---- */

static void withdraw_in_flight(void *number, void *request)
{
    outbox_messages_withdraw(&((struct dispatch_request *)request)->messages,
                             *(const int64_t *)number);
}

/* Under the mutex. A withdrawal follows its message. */
static void take_inbox(struct dispatcher *d)
{
    for (struct outbox_message *m; (m = outbox_messages_take(&d->inbox));)
        outbox_messages_add(&line_of(d, m->kind)->ready, m);
    for (size_t i = 0; i < d->withdrawals.count; i++) {
        outbox_messages_withdraw(&d->commands.ready, d->withdrawals.at[i]);
        http_calls_each(d->calls, withdraw_in_flight, &d->withdrawals.at[i]);
    }
    d->withdrawals.count = 0;
}

static bool goes_on(struct dispatcher *d)
{
    wake_clear(d->inbox_fd);
    pthread_mutex_lock(&d->mutex);
    take_inbox(d);
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->mutex);
    return !stopping;
}

static void *run(void *dispatcher)
{
    struct dispatcher *d = dispatcher;
    pthread_setname_np(pthread_self(), "dispatcher");
    while (goes_on(d)) {
        start_commands(d);
        start_events(d);
        dispatch_line_rest(&d->commands);
        bool waits = d->commands.ready.first || d->events.ready.first;
        hand_to_owner(d);
        http_calls_work(d->calls, d->inbox_fd, waits ? WORK_RETRY_MS : WORK_LONGEST_MS);
        hand_to_owner(d);
    }
    return NULL;
}

/* ---- starting and stopping ---- */

static void find_metrics(struct dispatcher *d)
{
    d->outcomes[OUTBOX_ACCEPTED] = metric_series(METRIC_SAGA_ANSWERS, "accepted");
    d->outcomes[OUTBOX_REFUSED] = metric_series(METRIC_SAGA_ANSWERS, "refused");
    d->outcomes[OUTBOX_GIVEN_UP] = metric_series(METRIC_SAGA_ANSWERS, "given-up");
    d->retried = metric_series(METRIC_SAGA_ANSWERS, "retried");
    d->held = metric_series(METRIC_SAGA_WAITING, "");
}

static struct dispatcher *create(const struct dispatcher_options *options,
                                 const struct sockaddr_un *address)
{
    struct dispatcher *d = calloc(1, sizeof *d);
    REQUIRE(d);
    d->options = *options;
    if (d->options.in_flight == 0)
        d->options.in_flight = IN_FLIGHT;
    d->base_url = strdup(options->base_url);
    memcpy(d->socket_path, address->sun_path, sizeof d->socket_path);
    REQUIRE(d->base_url && pthread_mutex_init(&d->mutex, NULL) == 0);
    dispatch_line_init(&d->commands, d->base_url, "commands");
    dispatch_line_init(&d->events, d->socket_path, "events");
    find_metrics(d);
    d->calls = http_calls_create(d->options.in_flight + 1, request_done, d);
    return d;
}

enum err dispatcher_start(const struct dispatcher_options *options,
                          struct dispatcher **ret_dispatcher, struct error *error)
{
    struct sockaddr_un address;
    int fd = -1;
    enum err err = control_path(options->data_directory, "commands", &address, error);
    if (!err)
        err = wake_open(&fd, error);
    if (err)
        return err;
    struct dispatcher *d = create(options, &address);
    d->inbox_fd = fd;
    REQUIRE(pthread_create(&d->thread, NULL, run, d) == 0);
    *ret_dispatcher = d;
    return OK;
}

static void drop_messages(struct dispatcher *d)
{
    outbox_messages_finish(&d->inbox);
    dispatch_line_finish(&d->commands);
    dispatch_line_finish(&d->events);
    outbox_messages_finish(&d->fresh);
    outbox_messages_finish(&d->answered);
    free(d->withdrawals.at);
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
    d->ended = true;
    http_calls_destroy(d->calls);
    drop_messages(d);
    pthread_mutex_destroy(&d->mutex);
    close(d->inbox_fd);
    free(d->base_url);
    free(d);
}

/* ---- what the owner calls ---- */

size_t dispatcher_room(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    size_t most = dispatch_line_is_open(&d->commands) ? 1 : WAITING_MOST;
    size_t room = d->waiting < most ? most - d->waiting : 0;
    pthread_mutex_unlock(&d->mutex);
    return room;
}

void dispatcher_send(struct dispatcher *d, struct outbox_messages *take_messages)
{
    if (!take_messages->first)
        return;
    pthread_mutex_lock(&d->mutex);
    d->waiting += take_messages->count;
    outbox_messages_append(&d->inbox, take_messages);
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    wake_signal(d->inbox_fd);
}

void dispatcher_withdraw(struct dispatcher *d, int64_t number)
{
    pthread_mutex_lock(&d->mutex);
    *ARRAY_ADD(&d->withdrawals) = number;
    pthread_mutex_unlock(&d->mutex);
    wake_signal(d->inbox_fd);
}

void dispatcher_take(struct dispatcher *d, struct outbox_messages *answered)
{
    pthread_mutex_lock(&d->mutex);
    outbox_messages_append(answered, &d->answered);
    pthread_mutex_unlock(&d->mutex);
}

void dispatcher_reach(const struct dispatcher *d, bool *ret_commands, bool *ret_events)
{
    *ret_commands = !dispatch_line_is_open(&d->commands);
    *ret_events = !dispatch_line_is_open(&d->events);
}
