/* The thread and its lists. What both sides touch (`inbox`, `answers`, counts) is behind `mutex`;
 * the rest is the thread's. */
#include "sagas/dispatcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "sagas/breaker.h"
#include "sagas/dispatch_item.h"
#include "telemetry/control_path.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define IN_FLIGHT       64
#define WAITING_MOST    512 /* held here, sent or not */
#define EVENT_BYTES     ((size_t)48 * 1024)
#define WORK_LONGEST_MS 200

struct item_list {
    struct dispatch_item *first, **last;
};

/* Where things go: the endpoint, or its control socket. */
struct line {
    struct breaker breaker;
    struct item_list ready;
    size_t in_flight;
};

struct dispatcher {
    struct dispatcher_options options;
    char *base_url;
    char socket_path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int inbox_fd;
    pthread_t thread;

    pthread_mutex_t mutex;
    struct item_list inbox;
    struct dispatch_answer *answers, **answers_last;
    size_t waiting;
    bool stopping, open;

    bool ended; /* the thread is gone; what is in flight is given up */
    struct http_calls *calls;
    struct line commands, events;
    struct item_list batch; /* events under way, in one request */
    char *events_body;      /* that request's */
    struct metric_series *accepted, *refused, *retried, *given_up, *held, *open_metric;
};

static void list_init(struct item_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static void list_add(struct item_list *list, struct dispatch_item *item)
{
    item->next = NULL;
    *list->last = item;
    list->last = &item->next;
}

static struct dispatch_item *list_take(struct item_list *list)
{
    struct dispatch_item *item = list->first;
    if (item && !(list->first = item->next))
        list->last = &list->first;
    return item;
}

/* Puts all of `from` in front of `list`. */
static void list_put_back(struct item_list *list, struct item_list *from)
{
    if (!from->first)
        return;
    *from->last = list->first;
    if (!list->first)
        list->last = from->last;
    list->first = from->first;
    list_init(from);
}

static void list_drop(struct item_list *list)
{
    for (struct dispatch_item *item; (item = list_take(list));)
        dispatch_item_destroy(item);
}

static void wake(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* an eventfd that cannot take more is readable already */
}

/* ---- answers ---- */

static void hand_answer(struct dispatcher *d, struct dispatch_answer *answer)
{
    struct metric_series *const series[] = {[DISPATCH_ACCEPTED] = d->accepted,
                                            [DISPATCH_REFUSED] = d->refused,
                                            [DISPATCH_GIVEN_UP] = d->given_up};
    metric_add(series[answer->outcome], 1);
    pthread_mutex_lock(&d->mutex);
    *d->answers_last = answer;
    d->answers_last = &answer->next;
    d->waiting--;
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    wake(d->options.wake_fd);
}

static void answer_item(struct dispatcher *d, struct dispatch_item *item,
                        enum dispatch_outcome outcome, const char *reason)
{
    struct dispatch_answer *answer = calloc(1, sizeof *answer);
    REQUIRE(answer);
    answer->number = item->number;
    answer->outcome = outcome;
    text_add(&answer->reason, reason);
    hand_answer(d, answer);
    dispatch_item_destroy(item);
}

static void tell_open(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    d->open = breaker_is_open(&d->commands.breaker);
    metric_set(d->open_metric, d->open);
    pthread_mutex_unlock(&d->mutex);
}

static void note_failure(struct dispatcher *d, struct line *line, const char *trouble)
{
    if (d->ended)
        return;
    metric_add(d->retried, 1);
    if (breaker_failed(&line->breaker, clock_monotonic_ms()))
        log_warning("%s cannot be reached: %s; trying again",
                    line == &d->commands ? d->base_url : d->socket_path, trouble);
    tell_open(d);
}

static void note_success(struct dispatcher *d, struct line *line)
{
    if (breaker_worked(&line->breaker))
        log_info("%s can be reached again", line == &d->commands ? d->base_url : d->socket_path);
    tell_open(d);
}

static void command_done(struct dispatcher *d, struct dispatch_item *item,
                         const struct http_call_answer *answer)
{
    d->commands.in_flight--;
    if (answer->status == 0)
        note_failure(d, &d->commands, answer->trouble);
    else
        note_success(d, &d->commands);
    struct dispatch_answer *read = dispatch_item_read(item, answer);
    if (read) {
        hand_answer(d, read);
        dispatch_item_destroy(item);
        return;
    }
    if (answer->status)
        metric_add(d->retried, 1);
    item->due_ms = clock_monotonic_ms() + backoff_next_ms(&item->backoff);
    list_add(&d->commands.ready, item);
}

/* The answer names what became of each event of the batch, in order. */
static void events_answered(struct dispatcher *d, const json_t *results)
{
    for (size_t i = 0; d->batch.first; i++) {
        struct dispatch_item *item = list_take(&d->batch);
        const char *refusal = json_string_value(json_array_get(results, i));
        if (refusal && refusal[0])
            log_error("an event of a saga was refused: %s: %s", item->body, refusal);
        answer_item(d, item, refusal && refusal[0] ? DISPATCH_REFUSED : DISPATCH_ACCEPTED,
                    refusal ? refusal : "");
    }
}

static void events_done(struct dispatcher *d, const struct http_call_answer *answer)
{
    AUTO(json) json_t *body = NULL;
    d->events.in_flight = 0;
    bool well = answer->status == 200 && json_read(answer->body, &body, NULL) == OK;
    if (well) {
        note_success(d, &d->events);
        events_answered(d, json_object_get(body, "results"));
        return;
    }
    note_failure(d, &d->events, answer->status ? "it answers with an error" : answer->trouble);
    list_put_back(&d->events.ready, &d->batch);
}

static void on_done(void *context, void *request_context, const struct http_call_answer *answer)
{
    struct dispatcher *d = context;
    if (request_context)
        command_done(d, request_context, answer);
    else
        events_done(d, answer);
}

/* ---- sending ---- */

static void before_send(const struct dispatcher *d)
{
    if (d->options.before_send)
        d->options.before_send(d->options.context);
}

static bool is_too_old(const struct dispatcher *d, const struct dispatch_item *item)
{
    int64_t age_us = clock_now_us() - item->first_sent_us;
    return !item->is_question && item->first_sent_us && age_us > d->options.key_lifetime_us;
}

static size_t may_start(const struct line *line, size_t most)
{
    size_t allowed = (size_t)breaker_allows(&line->breaker, clock_monotonic_ms(), (int)most);
    return allowed > line->in_flight ? allowed - line->in_flight : 0;
}

/* What is not due yet goes to the end of the list. */
static void start_commands(struct dispatcher *d)
{
    struct item_list later;
    int64_t now_ms = clock_monotonic_ms();
    size_t room = may_start(&d->commands, d->options.in_flight);
    list_init(&later);
    for (struct dispatch_item *item; room > 0 && (item = list_take(&d->commands.ready));) {
        if (is_too_old(d, item)) {
            answer_item(d, item, DISPATCH_GIVEN_UP,
                        "sent so long ago that its key may be forgotten; it may have happened");
        } else if (item->due_ms > now_ms) {
            list_add(&later, item);
        } else {
            before_send(d);
            dispatch_item_start(item, d->base_url, d->calls);
            d->commands.in_flight++;
            room--;
        }
    }
    list_put_back(&d->commands.ready, &later);
}

static void start_events(struct dispatcher *d)
{
    AUTO(text) struct text body = {0};
    if (!d->events.ready.first || may_start(&d->events, 1) == 0)
        return;
    text_add(&body, "{\"events\":[");
    for (int i = 0; i < DISPATCH_EVENTS_MOST && d->events.ready.first; i++) {
        size_t length = strlen(d->events.ready.first->body);
        if (i > 0 && body.length + length > EVENT_BYTES)
            break;
        struct dispatch_item *item = list_take(&d->events.ready);
        text_printf(&body, "%s%s", i ? "," : "", item->body);
        list_add(&d->batch, item);
    }
    text_add(&body, "]}");
    before_send(d);
    char *sent = d->events_body;
    d->events_body = text_take(&body);
    free(sent);
    http_calls_start(d->calls, &(struct http_call_request){
                                   .method = "POST",
                                   .url = "http://annal/saga-events",
                                   .socket_path = d->socket_path,
                                   .headers = {"Content-Type: application/json"},
                                   .body = slice_of(d->events_body),
                               });
    d->events.in_flight = 1;
}

static bool take_inbox(struct dispatcher *d)
{
    struct item_list taken;
    uint64_t woken;
    list_init(&taken);
    ssize_t got = read(d->inbox_fd, &woken, sizeof woken);
    (void)got;
    pthread_mutex_lock(&d->mutex);
    list_put_back(&taken, &d->inbox);
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->mutex);
    for (struct dispatch_item *item; (item = list_take(&taken));)
        list_add(item->is_event ? &d->events.ready : &d->commands.ready, item);
    return !stopping;
}

static void *work(void *argument)
{
    struct dispatcher *d = argument;
    pthread_setname_np(pthread_self(), "dispatcher");
    while (take_inbox(d)) {
        start_commands(d);
        start_events(d);
        bool waits = d->commands.ready.first || d->events.ready.first;
        http_calls_work(d->calls, d->inbox_fd, waits ? 20 : WORK_LONGEST_MS);
    }
    return NULL;
}

/* ---- the other side ---- */

static void find_metrics(struct dispatcher *d)
{
    d->accepted = metric_series(METRIC_SAGA_ANSWERS, "accepted");
    d->refused = metric_series(METRIC_SAGA_ANSWERS, "refused");
    d->retried = metric_series(METRIC_SAGA_ANSWERS, "retried");
    d->given_up = metric_series(METRIC_SAGA_ANSWERS, "given-up");
    d->held = metric_series(METRIC_SAGA_WAITING, "");
    d->open_metric = metric_series(METRIC_SAGA_BREAKER_OPEN, "");
}

static void init(struct dispatcher *d, const struct dispatcher_options *options)
{
    d->options = *options;
    if (d->options.in_flight == 0)
        d->options.in_flight = IN_FLIGHT;
    d->base_url = strdup(options->base_url);
    REQUIRE(d->base_url && pthread_mutex_init(&d->mutex, NULL) == 0);
    d->answers_last = &d->answers;
    d->commands.breaker = d->events.breaker = (struct breaker)BREAKER_FIRST;
    list_init(&d->inbox);
    list_init(&d->commands.ready);
    list_init(&d->events.ready);
    list_init(&d->batch);
    find_metrics(d);
}

enum err dispatcher_start(const struct dispatcher_options *options,
                          struct dispatcher **ret_dispatcher, struct error *error)
{
    struct sockaddr_un address;
    enum err err = control_path(options->data_directory, "commands", &address, error);
    if (err)
        return err;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERR_IO, "eventfd: %s", strerror(errno));
    struct dispatcher *d = calloc(1, sizeof *d);
    REQUIRE(d);
    init(d, options);
    d->inbox_fd = fd;
    memcpy(d->socket_path, address.sun_path, sizeof d->socket_path);
    d->calls = http_calls_create(d->options.in_flight + 1, on_done, d);
    REQUIRE(pthread_create(&d->thread, NULL, work, d) == 0);
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
    wake(d->inbox_fd);
    pthread_join(d->thread, NULL);
    d->ended = true;
    http_calls_destroy(d->calls);
    list_drop(&d->inbox);
    list_drop(&d->commands.ready);
    list_drop(&d->events.ready);
    list_drop(&d->batch);
    for (struct dispatch_answer *answer = dispatcher_take(d), *next; answer; answer = next) {
        next = answer->next;
        dispatch_answer_destroy(answer);
    }
    pthread_mutex_destroy(&d->mutex);
    close(d->inbox_fd);
    free(d->base_url);
    free(d->events_body);
    free(d);
}

size_t dispatcher_room(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    size_t most = d->open ? 1 : WAITING_MOST;
    size_t room = d->waiting < most ? most - d->waiting : 0;
    pthread_mutex_unlock(&d->mutex);
    return room;
}

void dispatcher_send(struct dispatcher *d, const struct outbox_row *row)
{
    struct dispatch_item *item = dispatch_item_create(row);
    pthread_mutex_lock(&d->mutex);
    list_add(&d->inbox, item);
    d->waiting++;
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    wake(d->inbox_fd);
}

struct dispatch_answer *dispatcher_take(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    struct dispatch_answer *answers = d->answers;
    d->answers = NULL;
    d->answers_last = &d->answers;
    pthread_mutex_unlock(&d->mutex);
    return answers;
}

bool dispatcher_is_open(struct dispatcher *d)
{
    pthread_mutex_lock(&d->mutex);
    bool open = d->open;
    pthread_mutex_unlock(&d->mutex);
    return open;
}
