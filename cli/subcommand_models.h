/* The actions of `annal models` that are no list. */
#pragma once

#include "cli/options.h"
#include "read_model/definition/models.h"

/* `annal models lint FILE…`: the paths behind the action's word. */
MUST_CHECK enum err models_lint_run(const struct options *options,
                                    const struct catalogue *catalogue, const struct models *models,
                                    struct error *error);

/* `annal models prune [MODEL…]`: of the models with files in DATA, whatever the definitions. */
MUST_CHECK enum err models_prune_run(const struct options *options, struct error *error);
