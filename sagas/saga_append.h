/* POST /saga-events on the control socket of `annal commands`: only the runner of sagas writes to
 * the streams saga/<id>, in this way. The socket has mode 0600. */
#pragma once

#include "http/control.h"
#include "write_model/command_desk.h"

/* {"events": [{id, type, event, data, correlation, traceparent}]} → {"results": ["", "why not",
 * …]}. `event` is the event's id; an event that is already stored under it is not stored again.
 * Waits for the desk. After an error none of them may be assumed stored; the caller sends them
 * again. */
MUST_CHECK enum err saga_append(struct command_desk *desk, const struct catalogue *catalogue,
                                const json_t *body, json_t **ret_answer, struct error *error);
