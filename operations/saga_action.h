/* Operator actions on sagas: applied by the runner if one runs, else here (owner.h). */
#pragma once

#include "sagas/operator_action.h"

/* `kinds`: the program's sagas. `*ret_runs`: the runner applied it; else the store has it, and the
 * runner acts on it when it starts. ERR_NOT_FOUND: no such saga, or no saga has run in DATA, and no file
 * is made. ERR_REFUSED: as operator_action_apply() says. */
MUST_CHECK enum err saga_action_run(const char *data_directory,
                                    const struct saga_kind *const *kinds,
                                    const struct operator_request *request, bool *ret_runs,
                                    struct error *error);
