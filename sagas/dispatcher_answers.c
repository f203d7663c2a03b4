/* What comes back to the dispatcher, on its thread: each command, question and event gets its
 * answer, or goes again. Whoever owns the dispatcher is told of many answers at once. */
#include "base/clock.h"
#include "base/log.h"
#include "base/wake.h"
#include "sagas/dispatcher_private.h"

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
void dispatcher_answers_tell(struct dispatcher *d)
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
    wake_signal(d->options.wake_fd);
}

void dispatcher_answers_add(struct dispatcher *d, struct dispatch_item *item,
                            enum dispatch_outcome outcome, const char *reason)
{
    struct dispatch_answer *answer = dispatch_item_answer(item, outcome, 0);
    text_add(&answer->reason, reason);
    note_answer(d, answer);
    dispatch_item_destroy(item);
}

static void tell_open(struct dispatcher *d, struct line *line)
{
    pthread_mutex_lock(&d->mutex);
    line->open = breaker_is_open(&line->breaker);
    metric_set(line->open_metric, line->open);
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
    tell_open(d, line);
}

static void note_success(struct dispatcher *d, struct line *line)
{
    if (breaker_worked(&line->breaker, clock_monotonic_ms()))
        log_info("%s can be reached again", line == &d->commands ? d->base_url : d->socket_path);
    tell_open(d, line);
}

void dispatcher_answers_idle(struct dispatcher *d, struct line *line)
{
    if (!breaker_is_open(&line->breaker) || line->ready.first || line->in_flight)
        return;
    line->breaker = DISPATCHER_BREAKER;
    tell_open(d, line);
}

/* What came back for one, or NULL: it goes again, a little later. */
static void settle(struct dispatcher *d, struct dispatch_item *item, struct dispatch_answer *answer,
                   bool was_answered)
{
    if (answer) {
        note_answer(d, answer);
        dispatch_item_destroy(item);
        return;
    }
    if (was_answered)
        metric_add(d->retried, 1);
    item->due_ms = clock_monotonic_ms() + backoff_next_ms(&item->backoff);
    dispatch_list_add(&d->commands.ready, item);
}

/* The answers to the commands of a request, in order; NULL if it was not answered so. */
static json_t *answers_of(const struct dispatch_call *call, int status, const json_t *body)
{
    json_t *answers = status == 200 ? json_object_get(body, "answers") : NULL;
    return json_array_size(answers) == call->count ? answers : NULL;
}

static void commands_answered(struct dispatcher *d, struct dispatch_call *call,
                              const json_t *answers)
{
    for (size_t i = 0; call->items.first; i++) {
        struct dispatch_item *item = dispatch_list_take(&call->items);
        const json_t *answer = json_array_get(answers, i);
        settle(d, item,
               dispatch_item_read(item, (int)json_int_or(answer, "status", 0),
                                  json_object_get(answer, "body")),
               true);
    }
}

/* A refusal of the whole request says nothing of what is in it, unless that is one command. */
static void commands_failed(struct dispatcher *d, struct dispatch_call *call, int status,
                            const json_t *body)
{
    bool comes_again = status == 0 || status == 503 || status == 429;
    if (call->count == 1 && status >= 400) {
        struct dispatch_item *item = dispatch_list_take(&call->items);
        settle(d, item, dispatch_item_read(item, status, body), true);
        return;
    }
    for (struct dispatch_item *item; (item = dispatch_list_take(&call->items));)
        settle(d, item, comes_again ? NULL : dispatch_item_fail(item, status, body), status != 0);
}

static void endpoint_answered(struct dispatcher *d, struct dispatch_call *call, int status,
                              const json_t *body)
{
    const json_t *answers = answers_of(call, status, body);
    if (call->kind == DISPATCH_QUESTION) {
        struct dispatch_item *item = dispatch_list_take(&call->items);
        settle(d, item, dispatch_item_read(item, status, body), status != 0);
    } else if (answers) {
        commands_answered(d, call, answers);
    } else {
        commands_failed(d, call, status, body);
    }
}

/* Of one that is asked alone it is too much to be read; of many, each is asked alone. */
static void too_much_answered(struct dispatcher *d, struct dispatch_call *call, int status)
{
    AUTO(text) struct text reason = {0};
    bool is_last = call->count == 1;
    text_printf(&reason, "answered with status %d and more than 1 MiB, which is not read", status);
    for (struct dispatch_item *item; (item = dispatch_list_take(&call->items));) {
        item->alone = true;
        if (is_last)
            dispatcher_answers_add(d, item, DISPATCH_GIVEN_UP, reason.at);
        else
            settle(d, item, NULL, true);
    }
}

static void endpoint_done(struct dispatcher *d, struct dispatch_call *call,
                          const struct http_call_answer *answer)
{
    AUTO(json) json_t *body = NULL;
    if (answer->status == 0)
        note_failure(d, &d->commands, answer->trouble);
    else
        note_success(d, &d->commands);
    if (answer->too_large) {
        too_much_answered(d, call, answer->status);
        return;
    }
    if (answer->status && json_read(answer->body, &body, NULL))
        body = NULL;
    endpoint_answered(d, call, answer->status, body);
}

/* The answer names what became of each event, in order. */
static void events_answered(struct dispatcher *d, struct dispatch_call *call, const json_t *results)
{
    for (size_t i = 0; call->items.first; i++) {
        struct dispatch_item *item = dispatch_list_take(&call->items);
        const char *refusal = json_string_value(json_array_get(results, i));
        if (refusal && refusal[0])
            log_error("an event of a saga was refused: %s: %s", item->body, refusal);
        dispatcher_answers_add(d, item,
                               refusal && refusal[0] ? DISPATCH_REFUSED : DISPATCH_ACCEPTED,
                               refusal ? refusal : "");
    }
}

static void events_done(struct dispatcher *d, struct dispatch_call *call,
                        const struct http_call_answer *answer)
{
    AUTO(json) json_t *body = NULL;
    bool well = answer->status == 200 && json_read(answer->body, &body, NULL) == OK;
    if (well) {
        note_success(d, &d->events);
        events_answered(d, call, json_object_get(body, "results"));
        return;
    }
    note_failure(d, &d->events, answer->status ? "it answers with an error" : answer->trouble);
    dispatch_list_put_back(&d->events.ready, &call->items);
}

struct line *dispatcher_line_of(struct dispatcher *d, const struct dispatch_call *call)
{
    return call->kind == DISPATCH_EVENT ? &d->events : &d->commands;
}

void dispatcher_answers_done(void *context, void *call_, const struct http_call_answer *answer)
{
    struct dispatcher *d = context;
    struct dispatch_call *call = call_;
    struct line *line = dispatcher_line_of(d, call);
    line->in_flight -= call->count;
    line->requests -= call->kind != DISPATCH_QUESTION;
    if (call->kind == DISPATCH_EVENT)
        events_done(d, call, answer);
    else
        endpoint_done(d, call, answer);
    dispatch_call_destroy(call);
}
