/* What operators see and do, for the command line and the console alike.
 *
 *   action.c            the actions: rebuild, retry, skip, prune; resume and abandon a saga
 *   owner.c             "do it here, or ask the process that owns the file": one policy for all actions
 *   status.c            the status document of a data directory: collects from files and processes
 *   status_problems.c   its verdict: the list of problems
 *   metrics_merge.c     one Prometheus exposition out of those of several processes
 *
 * An action tries to take the lock of the file and to do its work in this process. If another process
 * holds the lock, owner.c sends the action to that process over its control socket (http/control.h),
 * whose routes are in projectors/projector.c and sagas/saga_control.h. `annal status` reads what can be
 * read from files, asks each role for what only the role knows, and then judges the whole. Only owner.c
 * talks to other processes.
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

/* Applies the parked events of the stream ("account/ACC-1") again, in order. OK: all of them are applied.
 * ERR_POISON: an event still cannot be applied; the text is the reason. ERR_NOT_FOUND: the stream is not
 * parked, or the model has no generation. */
MUST_CHECK enum err action_retry(const char *data_directory, const char *model, const char *stream,
                                 struct error *error);

/* Skips the stream's poison event, which must be the one at `position`, in this and all later
 * generations, and continues after it. Errors: see action_retry(). */
MUST_CHECK enum err action_skip(const char *data_directory, const char *model, const char *stream,
                                int64_t position, const char *reason, struct error *error);

/* Removes the generations before the one that serves. Keeps that one and one that is being built. */
MUST_CHECK enum err action_prune(const char *data_directory, const char *model,
                                 struct error *error);

/* `kinds`: the sagas of the program. Sets `*ret_runs` to true if the runner applied the action; to false
 * if it is in the store and the runner acts on it at its next start. ERR_NOT_FOUND: no such saga, or no
 * saga has run in DATA; no file is created. ERR_REFUSED: see operator_action_apply(). */
MUST_CHECK enum err action_on_saga(const char *data_directory, const struct saga_kind *const *kinds,
                                   const struct operator_request *request, bool *ret_runs,
                                   struct error *error);
