/* annal rebuild: rebuilds read models from the log while the old generations serve. */
#include "operations/action.h"

#include "base/arena.h"
#include "base/json.h"
#include "cli/json_line.h"
#include "cli/rebuild_task.h"
#include "cli/role.h"
#include "cli/subcommand.h"

#include <stdio.h>

struct chosen {
    const struct options *options;
    const struct model **models;
    size_t count;
};

static void print_json(const struct chosen *chosen, int64_t position)
{
    for (size_t i = 0; i < chosen->count; i++)
        json_line_print(json_pack("{s:s, s:I}", "model", model_name(chosen->models[i]), "position",
                                  (json_int_t)position));
}

static enum err rebuild_chosen(void *context, const struct build_options *build,
                               struct progress_line *progress, struct error *error)
{
    const struct chosen *chosen = context;
    int64_t position = 0;
    enum err err = action_rebuild(build, chosen->models, chosen->count, &position, error);
    if (err)
        return err;
    progress_line_end(progress, position);
    if (option_flag(chosen->options, OPTION_JSON))
        print_json(chosen, position);
    return OK;
}

static enum err choose(const struct models *models, struct chosen *chosen, struct text *title,
                       struct error *error)
{
    const struct options *options = chosen->options;
    text_add(title, "rebuild ");
    for (; chosen->count < options->argument_count; chosen->count++) {
        const char *name = options->argument[chosen->count];
        const struct model *model = models_find(models, name);
        if (!model)
            return role_no_such_model(models, name, error);
        for (size_t i = 0; i < chosen->count; i++)
            if (chosen->models[i] == model)
                return error_set(error, ERR_USAGE, "%s is named twice", name);
        chosen->models[chosen->count] = model;
        text_printf(title, "%s%s", chosen->count ? ", " : "", name);
    }
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    AUTO(text) struct text title = {0};
    struct chosen chosen = {options, NULL, 0};
    chosen.models = arena_allocate(&arena, options->argument_count * sizeof *chosen.models);
    enum err err = rebuild_task_begin(options, "rebuild", error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = choose(models, &chosen, &title, error);
    return err ? err : rebuild_task_run(options, title.at, rebuild_chosen, &chosen, error);
}

static const enum option options[] = {OPTION_DATA,   OPTION_LOG,   OPTION_MODELS, OPTION_SCHEMAS,
                                      OPTION_DOMAIN, OPTION_FORCE, OPTION_JSON,   OPTION_LOG_LEVEL,
                                      OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_rebuild = {
    .name = "rebuild",
    .arguments = "MODEL...",
    .summary = "rebuild read models from the log while the old generations serve",
    .more =
        "Writes a new generation from position 1 while the old one serves, then asks the worker\n"
        "of the read model to switch to it; without a worker it switches itself. After Ctrl-C\n"
        "the old generation continues to serve, and the next rebuild continues where this one\n"
        "stopped. Several read models share one pass over the log.",
    .least_arguments = 1,
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
