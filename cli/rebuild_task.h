/* What `annal rebuild` and `annal check` share: the models named on the command line, and
 * progress. */
#pragma once

#include "cli/options.h"
#include "cli/progress_line.h"
#include "projectors/generation_build.h"

/* Does it for these models. */
typedef enum err rebuild_task_fn(const struct options *options, const struct build_options *rebuild,
                                 const struct model *const *models, size_t count,
                                 struct progress_line *progress, struct error *error);

/* Without arguments: all models. `together`: all at once, else one by one. ERR_NOT_FOUND names the
 * models there are. */
MUST_CHECK enum err rebuild_task_run(const struct options *options, const char *what, bool together,
                                     rebuild_task_fn *task, struct error *error);
