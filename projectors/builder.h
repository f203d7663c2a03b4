/* A build in the background of a worker, in a thread of low priority ("builder"): for a definition
 * that has changed, or when a rebuild is asked for. The old generation goes on serving meanwhile.
 */
#pragma once

#include "projectors/mailbox.h"
#include "projectors/rebuild.h"

struct builder;

/* Builds, then asks the mailbox's worker to hand over. The options' progress is not used. */
struct builder *builder_start(const struct rebuild_options *options, struct mailbox *mailbox);

/* True once it has come to its end; any thread. */
bool builder_has_ended(const struct builder *builder);

/* Stops it if it still runs (what it built is gone on with another time) and tells how it ended. */
MUST_CHECK enum err builder_join(struct builder *take_builder, struct error *error);
