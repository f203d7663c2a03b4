/* A line of the dispatcher, to the command endpoint or to its control socket: the messages that are
 * ready to be sent on it, how many are in flight, and its circuit breaker.
 *
 * Belongs to the dispatcher's thread, except dispatch_line_is_open().
 */
#pragma once

#include "base/breaker.h"
#include "sagas/dispatch_request.h"
#include "telemetry/metrics.h"

#include <stdatomic.h>

struct dispatch_line {
    const char *address; /* borrowed; for the log */
    struct outbox_messages ready;
    size_t in_flight; /* messages */
    size_t requests;  /* with many messages: questions travel alone */
    struct breaker breaker;
    atomic_bool is_open; /* the breaker, for other threads */
    struct metric_series *open_metric;
};

/* `name` labels the metric: "commands". */
void dispatch_line_init(struct dispatch_line *line, const char *address, const char *name);
void dispatch_line_finish(struct dispatch_line *line);

/* How many more messages may be in flight now, of at most `most`: one while the breaker is open and its
 * pause is over. */
size_t dispatch_line_room(const struct dispatch_line *line, size_t most);

/* A request with its messages leaves. */
void dispatch_line_send(struct dispatch_line *line, struct dispatch_request *request,
                        const char *base_url, const char *socket_path, struct http_calls *calls);
/* It has ended, and still has its messages. */
void dispatch_line_end(struct dispatch_line *line, const struct dispatch_request *request);

/* Whether the other side was reached with it: `trouble` OK, or the code of `error`. Logs the
 * trouble that is new, and the recovery. */
void dispatch_line_note(struct dispatch_line *line, enum err trouble, const struct error *error);

/* Closes the breaker if no message is left to try the line with: whether the other side can be reached
 * is then unknown. */
void dispatch_line_rest(struct dispatch_line *line);

/* Any thread. */
bool dispatch_line_is_open(const struct dispatch_line *line);
