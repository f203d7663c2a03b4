/* What a worker serves on its control socket, which is DATA/run/projector-<model>.sock, and the
 * side that asks. The role opens the sockets; this is what it gives them.
 *
 *   GET  /status           {"model","phase","generation","position","parked","rebuilding"}
 *   POST /hand-over        {"generation":8}: asks for it; the status once it serves, 503
 *                          not-ready before, the error if it cannot be: ask again
 *   POST /rebuild          begins a rebuild in the background
 *   POST /dead-letters/retry   {"stream":"order/ORD-1"}: asks for it; 503 until it is done, then
 *                              {"free":true}, or {"free":false,"reason":"…"} if it failed again
 *   POST /dead-letters/skip    {"stream","position","reason"}: the same
 *   POST /prune            asks for the generations before the one that serves to be removed; 503
 *                          until they are, then {}
 */
#pragma once

#include "projectors/projector.h"
#include "telemetry/control.h"

/* Closed by a NULL method; the context is a struct projector. */
extern const struct control_route projector_control_routes[];

/* For GET /readyz. */
control_action_fn projector_control_ready;

/* "projector-<model>": the role of the socket. */
void projector_control_role(const char *model, struct text *out);

/* Asks the worker that holds the model to serve generation `number`. OK: it does. ERR_NOT_READY:
 * not yet. ERR_UNREACHABLE: no worker answers. */
MUST_CHECK enum err projector_control_ask(const char *data_directory, const char *model,
                                          int64_t number, int64_t *ret_position,
                                          struct error *error);

/* Asks it for a repair: `path` is one of those above. ERR_POISON: done as far as can be, the stream
 * is still parked, for this reason. Other errors as above. */
MUST_CHECK enum err projector_control_ask_repair(const char *data_directory, const char *model,
                                                 const char *path, const json_t *body,
                                                 struct error *error);

/* Asks it to remove old generations. Errors as above. */
MUST_CHECK enum err projector_control_ask_prune(const char *data_directory, const char *model,
                                                struct error *error);
