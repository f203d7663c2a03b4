#include "cli/rebuild_task.h"

#include "base/arena.h"
#include "base/program.h"
#include "base/stop.h"
#include "cli/role.h"
#include "event_store/event_store.h"

#include <stdio.h>

static bool show(void *context, int64_t position, int64_t head)
{
    progress_line_show(context, position, head);
    return !stop_is_requested();
}

static void write_title(const char *what, const struct model *const *models, size_t count,
                        struct text *title)
{
    text_printf(title, "%s ", what);
    for (size_t i = 0; i < count; i++)
        text_printf(title, "%s%s", i == 0 ? "" : ", ", model_name(models[i]));
}

static enum err run_some(const struct options *options, const char *what,
                         const struct model *const *models, size_t count, rebuild_task_fn *task,
                         struct error *error)
{
    struct progress_line progress;
    AUTO(text) struct text title = {0};
    write_title(what, models, count, &title);
    progress_line_begin(&progress, title.at, "events", PROGRESS_LINE_BEGINS_WHERE_SHOWN);
    enum err err = task(options,
                        &(struct build_options){
                            .data_directory = options->value[OPTION_DATA],
                            .log_url = option_log_url(options),
                            .progress = show,
                            .context = &progress,
                            .force = option_flag(options, OPTION_FORCE),
                        },
                        models, count, &progress, error);
    if (err && progress.terminal)
        fprintf(stderr, "\n");
    return err;
}

static enum err choose(const struct options *options, const struct models *models,
                       const struct model **chosen, size_t *ret_count, struct error *error)
{
    size_t count = options->argument_count;
    *ret_count = count ? count : models_count(models);
    for (size_t i = 0; i < *ret_count; i++) {
        chosen[i] = count ? models_find(models, options->argument[i]) : models_at(models, i);
        if (!chosen[i])
            return role_no_such_model(models, options->argument[i], error);
        for (size_t j = 0; j < i; j++)
            if (chosen[j] == chosen[i])
                return error_set(error, ERR_USAGE, "%s is named twice", options->argument[i]);
    }
    return OK;
}

/* One that fails is told, and keeps the others from nothing. */
static enum err run_each(const struct options *options, const char *what,
                         const struct model *const *models, size_t count, rebuild_task_fn *task,
                         struct error *error)
{
    enum err failed = OK;
    for (size_t i = 0; i < count; i++) {
        enum err err = run_some(options, what, &models[i], 1, task, error);
        if (err == ERR_INTERRUPTED)
            return err;
        if (err)
            fprintf(stderr, "%s %s: %s\n", program_name(), what, error->text);
        failed = err ? err : failed;
    }
    return failed ? error_set(error, failed, "%s", "") : OK;
}

static enum err run_chosen(const struct options *options, const char *what, bool together,
                           const struct models *models, rebuild_task_fn *task, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    size_t count, most = options->argument_count + models_count(models);
    const struct model **chosen = arena_allocate(&arena, most * sizeof *chosen);
    enum err err = choose(options, models, chosen, &count, error);
    if (err)
        return err;
    return together ? run_some(options, what, chosen, count, task, error)
                    : run_each(options, what, chosen, count, task, error);
}

/* A worker waits for a log that is not there yet; to a task, it is another directory's. */
static enum err check_log(const struct options *options, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    return event_store_open(option_log_url(options), EVENT_STORE_READ, &log, error);
}

enum err rebuild_task_run(const struct options *options, const char *what, bool together,
                          rebuild_task_fn *task, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    enum err err = check_log(options, error);
    if (!err)
        err = role_begin(what, options, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    return err ? err : run_chosen(options, what, together, models, task, error);
}
