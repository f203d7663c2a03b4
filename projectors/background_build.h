/* A build in the background of a worker, in a thread of low priority ("builder"): for a definition
 * that has changed, or when a rebuild is requested. The old generation serves meanwhile.
 */
#pragma once

#include "projectors/generation_build.h"
#include "projectors/mailbox.h"

struct background_build;

/* Builds the model, then requests the cutover from the mailbox's worker. The options' progress is
 * not used. */
struct background_build *background_build_start(const struct build_options *options,
                                                const struct model *model, struct mailbox *mailbox);

/* True when it has ended; any thread. */
bool background_build_has_ended(const struct background_build *build);

/* Stops it if it still runs (the next build continues what it built) and returns how it ended. */
MUST_CHECK enum err background_build_join(struct background_build *take_build, struct error *error);
