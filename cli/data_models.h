/* The read models that have files in DATA, for tasks that need no definitions: each generation holds the
 * definition it was built from. */
#pragma once

#include "base/error.h"

#include <jansson.h>

/* An array of names: all models with files, sorted, or, if `count` is not 0, `names` in their
 * order, each of which must have files. ERR_NOT_FOUND lists the models with files; ERR_USAGE: a
 * name is given twice. */
MUST_CHECK enum err data_models_choose(const char *data_directory, const char *const *names,
                                       size_t count, json_t **ret_names, struct error *error);
