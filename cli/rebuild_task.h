/* What `annal rebuild` and `annal check` share: the models named on the command line, one by one,
 * with progress. */
#pragma once

#include "cli/options.h"
#include "cli/progress.h"
#include "projectors/rebuild.h"

/* Does it for one model. */
typedef enum err rebuild_task_fn(const struct rebuild_options *rebuild, struct progress *progress,
                                 struct error *error);

/* Without arguments: all models. ERR_NOT_FOUND names the models there are. */
MUST_CHECK enum err rebuild_task_run(const struct options *options, const char *what,
                                     rebuild_task_fn *task, struct error *error);
