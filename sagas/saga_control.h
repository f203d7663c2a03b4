/* The runner's routes on the control socket: GET /status; POST /resume and /abandon with {saga, id,
 * reason}, 503 busy while another action is waiting. operations/action.h is the side that asks.
 */
#pragma once

#include "http/control.h"
#include "sagas/saga_runner.h"

#define SAGA_ROLE "saga" /* of the socket */

/* Their context is the struct saga_runner. */
extern const struct control_route saga_control_routes[];

/* GET /readyz. */
MUST_CHECK enum err saga_control_ready(void *context, const json_t *body, json_t **ret_answer,
                                       struct error *error);
