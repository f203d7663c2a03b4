/* Rebuilding read models: from the first event, beside the generations that serve.
 *
 *   build     writes the next generation up to the head (generation_build.h)
 *   catch up  applies what was appended meanwhile (catch_up.h)
 *   cutover   makes it the generation that serves (cutover.h)
 */
#pragma once

#include "projectors/generation_build.h"

/* Builds the next generations in one pass over the log, then cuts over to each: the worker that
 * holds a model's lock does it, asked over its control socket; without one, this process does.
 * ERR_LOCKED: another rebuild of a model runs. `*ret_position`: the lowest position of the models
 * afterwards. */
MUST_CHECK enum err rebuild_run(const struct build_options *options,
                                const struct model *const *models, size_t count,
                                int64_t *ret_position, struct error *error);
