/* The protocol by which the runner stores the events of sagas: POST /saga-events on the control
 * socket of `annal commands`. Only the runner writes to the streams saga/<id>, only in this way;
 * the socket has mode 0600. The runner's side is dispatch_request.c and outbox_message.c, the
 * server's is saga_append.c.
 *
 *   {"events": [{id, type, event, data, correlation, traceparent}]}   →   {"results": ["", "why not", …]}
 *
 * `event` is the event's id; an event that is already stored under it is not stored again. The answer
 * has one result for each event, in their order: "" if the event is stored, else why it was rejected.
 * After any other answer none of the events may be assumed stored: send all of them again.
 *
 * The events of one saga that pass the checks are stored together in their order, or none of them is.
 * An event that fails the checks is rejected by itself; the events after it are stored.
 */
#pragma once

#include "base/error.h"

#include <jansson.h>

#define SAGA_APPEND_PATH        "/saga-events"
#define SAGA_APPEND_EVENTS_MOST 64       /* in a request */
#define SAGA_APPEND_SOURCE      "/sagas" /* of the stored events, as CloudEvents */

#define SAGA_APPEND_EVENTS      "events"
#define SAGA_APPEND_ID          "id"
#define SAGA_APPEND_TYPE        "type"
#define SAGA_APPEND_EVENT       "event"
#define SAGA_APPEND_DATA        "data"
#define SAGA_APPEND_CORRELATION "correlation"
#define SAGA_APPEND_TRACEPARENT "traceparent"
#define SAGA_APPEND_RESULTS     "results"

struct catalogue;
struct command_desk;

/* Serves one request; waits until the desk has answered. */
MUST_CHECK enum err saga_append(struct command_desk *desk, const struct catalogue *catalogue,
                                const json_t *body, json_t **ret_answer, struct error *error);
