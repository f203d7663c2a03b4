/* Asking the worker that holds a model, over its control socket (projector_control.h). */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <jansson.h>
#include <stdint.h>

/* "projector-<model>": the role of the socket. */
void projector_ask_role(const char *model, struct text *out);

/* Asks the worker that holds the model to serve generation `number`. OK: it does. ERR_NOT_READY:
 * not yet. ERR_UNREACHABLE: no worker answers. */
MUST_CHECK enum err projector_ask_cutover(const char *data_directory, const char *model,
                                          int64_t number, int64_t *ret_position,
                                          struct error *error);

/* Asks it for a repair: `path` is one of those in projector_control.h. ERR_POISON: done as far as
 * can be, the stream is still parked, for this reason. Other errors as above. */
MUST_CHECK enum err projector_ask_repair(const char *data_directory, const char *model,
                                         const char *path, const json_t *body, struct error *error);

/* Asks it to remove old generations. Errors as above. */
MUST_CHECK enum err projector_ask_prune(const char *data_directory, const char *model,
                                        struct error *error);
