/* The read models that have files in DATA, for tasks that need no definitions: each generation holds the
 * definition it was built from. */
#pragma once

#include "base/error.h"

#include <jansson.h>

/* An array of names, sorted, or as `names` has them: all that have files, or, if `count` is not 0, the
 * `names`, each of which must. ERR_NOT_FOUND lists the models that have; ERR_USAGE: a name is given twice. */
MUST_CHECK enum err data_models_choose(const char *data_directory, const char *const *names,
                                       size_t count, json_t **ret_names, struct error *error);
