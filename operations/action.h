/* Operator actions on read models and sagas: done by the process that owns the file, if one runs, else
 * here (owner.h).
 */
#pragma once

#include "projectors/generation_build.h"
#include "sagas/operator_action.h"

/* Rebuilds read models from the first event, beside the generations that serve:
 *
 *   build     writes the next generations in one pass up to the head (generation_build.h)
 *   catch up  applies what was appended meanwhile (catch_up.h)
 *   cutover   makes each the generation that serves (cutover.h)
 *
 * ERR_LOCKED: another rebuild of a model runs. `*ret_position`: the lowest position of the models
 * afterwards. */
MUST_CHECK enum err action_rebuild(const struct build_options *options,
                                   const struct model *const *models, size_t count,
                                   int64_t *ret_position, struct error *error);

/* Applies the parked events of the stream ("account/ACC-1") again, in order. OK: all of it is applied.
 * ERR_POISON: an event still cannot be applied, and why. ERR_NOT_FOUND: the stream is not parked, or
 * the model has no generation. */
MUST_CHECK enum err action_retry(const char *data_directory, const char *model, const char *stream,
                                 struct error *error);

/* Skips the stream's poison event, which must be the one at `position`, in this and all later
 * generations, and continues after it. Errors as of action_retry(). */
MUST_CHECK enum err action_skip(const char *data_directory, const char *model, const char *stream,
                                int64_t position, const char *reason, struct error *error);

/* Removes the generations before the one that serves; neither that one nor one that is being built.
 */
MUST_CHECK enum err action_prune(const char *data_directory, const char *model,
                                 struct error *error);

/* `kinds`: the program's sagas. `*ret_runs`: the runner applied it; else the store has it, and the
 * runner acts on it when it starts. ERR_NOT_FOUND: no such saga, or no saga has run in DATA, and no file
 * is made. ERR_REFUSED: as operator_action_apply() says. */
MUST_CHECK enum err action_on_saga(const char *data_directory, const struct saga_kind *const *kinds,
                                   const struct operator_request *request, bool *ret_runs,
                                   struct error *error);
