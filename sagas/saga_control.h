/* The runner's routes on the control socket: GET /status; POST /resume and /abandon with {saga, id,
 * reason}. And the other side of it, for tasks. */
#pragma once

#include "http/control.h"
#include "sagas/saga_runner.h"

#define SAGA_ROLE "saga" /* of the socket */

/* Their context is the struct saga_runner. */
extern const struct control_route saga_control_routes[];

/* GET /readyz. */
MUST_CHECK enum err saga_control_ready(void *context, const json_t *body, json_t **ret_answer,
                                       struct error *error);

/* Has a wish carried out: by the runner (*ret_runs), or, if none runs, in the store itself: what
 * follows from it is then done when one does. ERR_NOT_FOUND, and no file is made, if none has ever
 * run. `kinds`: the program's sagas. */
MUST_CHECK enum err saga_control_wish(const char *data_directory,
                                      const struct saga_kind *const *kinds, enum saga_wish wish,
                                      const char *saga, const char *id, const char *reason,
                                      bool *ret_runs, struct error *error);
