/* Removing the generations of a model before the one that serves, for tasks. Neither that one nor
 * one that is being built is ever touched.
 */
#pragma once

#include "base/error.h"

/* By the worker that holds the model if there is one, else here. */
MUST_CHECK enum err prune_run(const char *data_directory, const char *model, struct error *error);

/* Does it. The caller holds the model's lock. */
MUST_CHECK enum err prune_here(const char *data_directory, const char *model, struct error *error);
