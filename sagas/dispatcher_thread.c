/* The dispatcher's thread. Commands and questions go to the endpoint, many at once; the sagas' own
 * events to its control socket, many in a request and one request at a time, which keeps their
 * order. Each of the two ways has a breaker of its own. */
#include "base/clock.h"
#include "base/log.h"
#include "sagas/dispatcher_private.h"

#include <unistd.h>

#define EVENT_BYTES     ((size_t)48 * 1024)
#define WORK_LONGEST_MS 200

/* ---- answers ---- */

static void note_answer(struct dispatcher *d, struct dispatch_answer *answer)
{
    struct metric_series *const series[] = {[DISPATCH_ACCEPTED] = d->accepted,
                                            [DISPATCH_REFUSED] = d->refused,
                                            [DISPATCH_GIVEN_UP] = d->given_up};
    metric_add(series[answer->outcome], 1);
    *d->fresh.last = answer;
    d->fresh.last = &answer->next;
    d->fresh.count++;
}

/* Many at once, so that whoever is woken finds many. */
static void tell_answers(struct dispatcher *d)
{
    if (!d->fresh.first)
        return;
    pthread_mutex_lock(&d->mutex);
    *d->answers.last = d->fresh.first;
    d->answers.last = d->fresh.last;
    d->waiting -= d->fresh.count;
    metric_set(d->held, (int64_t)d->waiting);
    pthread_mutex_unlock(&d->mutex);
    d->fresh = (struct answer_list){.last = &d->fresh.first};
    dispatcher_wake(d->options.wake_fd);
}

static void answer_item(struct dispatcher *d, struct dispatch_item *item,
                        enum dispatch_outcome outcome, const char *reason)
{
    struct dispatch_answer *answer = calloc(1, sizeof *answer);
    REQUIRE(answer);
    answer->number = item->number;
    answer->outcome = outcome;
    text_add(&answer->reason, reason);
    note_answer(d, answer);
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
        note_answer(d, read);
        dispatch_item_destroy(item);
        return;
    }
    if (answer->status)
        metric_add(d->retried, 1);
    item->due_ms = clock_monotonic_ms() + backoff_next_ms(&item->backoff);
    dispatch_list_add(&d->commands.ready, item);
}

/* The answer names what became of each event of the batch, in order. */
static void events_answered(struct dispatcher *d, const json_t *results)
{
    for (size_t i = 0; d->batch.first; i++) {
        struct dispatch_item *item = dispatch_list_take(&d->batch);
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
    dispatch_list_put_back(&d->events.ready, &d->batch);
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
    struct dispatch_list later;
    int64_t now_ms = clock_monotonic_ms();
    size_t room = may_start(&d->commands, d->options.in_flight);
    dispatch_list_init(&later);
    for (struct dispatch_item *item; room > 0 && (item = dispatch_list_take(&d->commands.ready));) {
        if (is_too_old(d, item)) {
            answer_item(d, item, DISPATCH_GIVEN_UP,
                        "sent so long ago that its key may be forgotten; it may have happened");
        } else if (item->due_ms > now_ms) {
            dispatch_list_add(&later, item);
        } else {
            before_send(d);
            dispatch_item_start(item, d->base_url, d->calls);
            d->commands.in_flight++;
            room--;
        }
    }
    dispatch_list_put_back(&d->commands.ready, &later);
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
        struct dispatch_item *item = dispatch_list_take(&d->events.ready);
        text_printf(&body, "%s%s", i ? "," : "", item->body);
        dispatch_list_add(&d->batch, item);
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
    struct dispatch_list taken;
    uint64_t woken;
    dispatch_list_init(&taken);
    ssize_t got = read(d->inbox_fd, &woken, sizeof woken);
    (void)got;
    pthread_mutex_lock(&d->mutex);
    dispatch_list_append(&taken, &d->inbox);
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->mutex);
    for (struct dispatch_item *item; (item = dispatch_list_take(&taken));)
        dispatch_list_add(item->is_event ? &d->events.ready : &d->commands.ready, item);
    return !stopping;
}

void *dispatcher_thread_run(void *dispatcher)
{
    struct dispatcher *d = dispatcher;
    pthread_setname_np(pthread_self(), "dispatcher");
    while (take_inbox(d)) {
        start_commands(d);
        start_events(d);
        bool waits = d->commands.ready.first || d->events.ready.first;
        tell_answers(d);
        http_calls_work(d->calls, d->inbox_fd, waits ? 20 : WORK_LONGEST_MS);
        tell_answers(d);
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
    d->open_metric = metric_series(METRIC_SAGA_BREAKER_OPEN, "");
}

void dispatcher_thread_init(struct dispatcher *d)
{
    d->commands.breaker = d->events.breaker = (struct breaker)BREAKER_FIRST;
    d->fresh.last = &d->fresh.first;
    dispatch_list_init(&d->commands.ready);
    dispatch_list_init(&d->events.ready);
    dispatch_list_init(&d->batch);
    d->calls = http_calls_create(d->options.in_flight + 1, on_done, d);
    find_metrics(d);
}

void dispatcher_thread_finish(struct dispatcher *d)
{
    d->ended = true;
    http_calls_destroy(d->calls);
    tell_answers(d);
    dispatch_list_drop(&d->commands.ready);
    dispatch_list_drop(&d->events.ready);
    dispatch_list_drop(&d->batch);
    free(d->events_body);
}
