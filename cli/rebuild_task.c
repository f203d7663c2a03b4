#include "cli/rebuild_task.h"

#include "base/stop.h"
#include "cli/role.h"

#include <stdio.h>

static bool show(void *context, int64_t position, int64_t head, int64_t events_per_second)
{
    (void)events_per_second;
    progress_show(context, position, head);
    return !stop_is_requested();
}

static enum err run_one(const struct options *options, const char *what, const struct model *model,
                        rebuild_task_fn *task, struct error *error)
{
    struct progress progress;
    AUTO(text) struct text title = {0};
    text_printf(&title, "%s %s", what, model_name(model));
    progress_begin(&progress, title.at, "events", 0);
    enum err err = task(
        &(struct rebuild_options){
            .data_directory = options->value[OPTION_DATA],
            .model = model,
            .progress = show,
            .context = &progress,
            .force = option_flag(options, OPTION_FORCE),
        },
        &progress, error);
    if (err && progress.terminal)
        fprintf(stderr, "\n");
    return err;
}

enum err rebuild_task_run(const struct options *options, const char *what, rebuild_task_fn *task,
                          struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    enum err err = role_begin(what, options, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    size_t count = options->argument_count;
    for (size_t i = 0; !err && i < (count ? count : models_count(models)); i++) {
        const char *name = count ? options->argument[i] : model_name(models_at(models, i));
        const struct model *model = models_find(models, name);
        err = model ? run_one(options, what, model, task, error)
                    : role_no_such_model(models, name, error);
    }
    return err;
}
