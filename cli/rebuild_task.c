#include "cli/rebuild_task.h"

#include "base/stop.h"
#include "cli/role.h"
#include "event_store/event_store.h"

#include <stdio.h>

enum err rebuild_task_begin(const struct options *options, const char *what, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    enum err err = event_store_open(option_log_url(options), EVENT_STORE_READ, &log, error);
    return err ? err : role_begin(what, options, error);
}

static bool show(void *context, int64_t position, int64_t head)
{
    progress_line_show(context, position, head);
    return !stop_is_requested();
}

enum err rebuild_task_run(const struct options *options, const char *title, rebuild_task_fn *task,
                          void *context, struct error *error)
{
    struct progress_line progress;
    struct build_options build = {
        .data_directory = options->value[OPTION_DATA],
        .log_url = option_log_url(options),
        .progress = show,
        .context = &progress,
        .force = option_flag(options, OPTION_FORCE),
    };
    progress_line_begin(&progress, title, "events", PROGRESS_LINE_BEGINS_WHERE_SHOWN);
    enum err err = task(context, &build, &progress, error);
    if (err && progress.terminal)
        fprintf(stderr, "\n");
    return err;
}
