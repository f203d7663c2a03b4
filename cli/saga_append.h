/* POST /saga-events on the control socket of `annal commands`: how the runner of sagas, and nobody
 * else, writes to the streams saga/<id>. The socket is the user's alone (0600). */
#pragma once

#include "http/control.h"
#include "write_model/command_desk.h"

/* {"events": [{id, type, event, data, correlation, traceparent}]} → {"results": ["", "why not",
 * …]}. `event` is the event's id: what is stored under it already is not stored again. Waits for
 * the desk. An error means that nothing is promised of any of them: to be asked again. */
MUST_CHECK enum err saga_append(struct command_desk *desk, const struct catalogue *catalogue,
                                const json_t *body, json_t **ret_answer, struct error *error);
