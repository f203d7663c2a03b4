#include "sagas/dispatch_line.h"

#include "base/clock.h"
#include "base/log.h"

static const struct breaker new_breaker = {.backoff = {.first_ms = 200, .longest_ms = 10000},
                                           .failures_most = 3};

void dispatch_line_init(struct dispatch_line *line, const char *address, const char *name)
{
    line->address = address;
    line->breaker = new_breaker;
    line->open_metric = metric_series(METRIC_SAGA_BREAKER_OPEN, name);
}

void dispatch_line_finish(struct dispatch_line *line)
{
    outbox_messages_finish(&line->ready);
}

size_t dispatch_line_room(const struct dispatch_line *line, size_t most)
{
    size_t allowed = (size_t)breaker_allows(&line->breaker, clock_monotonic_ms(), (int)most);
    return allowed > line->in_flight ? allowed - line->in_flight : 0;
}

void dispatch_line_send(struct dispatch_line *line, struct dispatch_request *request,
                        const char *base_url, const char *socket_path, struct http_calls *calls)
{
    line->in_flight += request->messages.count;
    line->requests += request->kind != OUTBOX_QUESTION;
    dispatch_request_start(request, base_url, socket_path, calls);
}

void dispatch_line_end(struct dispatch_line *line, const struct dispatch_request *request)
{
    line->in_flight -= request->messages.count;
    line->requests -= request->kind != OUTBOX_QUESTION;
}

static void publish(struct dispatch_line *line)
{
    bool is_open = breaker_is_open(&line->breaker);
    atomic_store(&line->is_open, is_open);
    metric_set(line->open_metric, is_open);
}

void dispatch_line_note(struct dispatch_line *line, enum err trouble, const struct error *error)
{
    if (trouble && breaker_failed(&line->breaker, trouble, clock_monotonic_ms()))
        log_warning("%s: %s; trying again", line->address, error->text);
    else if (!trouble && breaker_worked(&line->breaker, clock_monotonic_ms()))
        log_info("%s answers again", line->address);
    publish(line);
}

void dispatch_line_rest(struct dispatch_line *line)
{
    if (!breaker_is_open(&line->breaker) || line->ready.first || line->in_flight)
        return;
    line->breaker = new_breaker;
    publish(line);
}

bool dispatch_line_is_open(const struct dispatch_line *line)
{
    return atomic_load(&line->is_open);
}
