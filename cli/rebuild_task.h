/* What `annal rebuild` and `annal check` share: the log must exist, and progress is shown. */
#pragma once

#include "cli/options.h"
#include "cli/progress_line.h"
#include "projectors/generation_build.h"

/* Calls role_begin(). Fails if the log cannot be opened: a worker waits for a log that does not exist yet,
 * but for a task a missing log means that the directory is wrong. */
MUST_CHECK enum err rebuild_task_begin(const struct options *options, const char *what,
                                       struct error *error);

typedef enum err rebuild_task_fn(void *context, const struct build_options *build,
                                 struct progress_line *progress, struct error *error);

/* Runs `task` and shows its progress under the title. */
MUST_CHECK enum err rebuild_task_run(const struct options *options, const char *title,
                                     rebuild_task_fn *task, void *context, struct error *error);
