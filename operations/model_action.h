/* Operator actions on a read model's files: done by the worker that holds the model if there is one,
 * else here (owner.h).
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* Applies what is parked of the stream ("account/ACC-1") again, in order. OK: all of it is applied.
 * ERR_POISON: an event still cannot be applied, and why. ERR_NOT_FOUND: the stream is not parked, or
 * the model has no generation. */
MUST_CHECK enum err model_action_retry(const char *data_directory, const char *model,
                                       const char *stream, struct error *error);

/* Skips the stream's poison event, which must be the one at `position`, in this and all later
 * generations, and continues behind it. Errors as of model_action_retry(). */
MUST_CHECK enum err model_action_skip(const char *data_directory, const char *model,
                                      const char *stream, int64_t position, const char *reason,
                                      struct error *error);

/* Removes the generations before the one that serves; neither that one nor one that is being built.
 */
MUST_CHECK enum err model_action_prune(const char *data_directory, const char *model,
                                       struct error *error);
