/* What a worker serves on its control socket, which is DATA/run/projector-<model>.sock;
 * operations/ is the side that asks.
 *
 *   GET  /status           {"model","phase","generation","position","parked","rebuilding"}
 *   POST /cutover        {"generation":8}: asks for it; the status once it serves, 503
 *                          busy until the worker begins it and not-ready while it is at work: ask
 *                          again; else the error
 *   POST /rebuild          begins a rebuild in the background
 *   POST /dead-letters/retry   {"stream":"account/ACC-1"}: asks for it; 503 until it is done, then
 *                              {"free":true}, or {"free":false,"reason":"…"} if it failed again
 *   POST /dead-letters/skip    {"stream","position","reason"}: the same
 *   POST /prune            asks for the generations before the one that serves to be removed; 503
 *                          until they are, then {}
 */
#pragma once

#include "http/control.h"
#include "projectors/projector.h"

/* "projector-<model>": the role of the socket. */
void projector_control_role(const char *model, struct text *out);

/* Closed by a NULL method; the context is a struct projector. */
extern const struct control_route projector_control_routes[];

/* For GET /readyz. */
control_action_fn projector_control_ready;
