/* annal rebuild: builds read models anew from the log while the old ones serve. */
#include "operations/rebuild.h"

#include "base/json.h"
#include "cli/progress_line.h"
#include "cli/rebuild_task.h"
#include "cli/subcommand.h"

#include <stdio.h>

static void print_json(const struct model *const *models, size_t count, int64_t position)
{
    AUTO(text) struct text text = {0};
    AUTO(json)
    json_t *answer = json_pack("{s:[], s:I}", "models", "position", (json_int_t)position);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(json_object_get(answer, "models"),
                              json_string(model_name(models[i])));
    json_write(answer, &text);
    printf("%s\n", text.at);
}

static enum err rebuild_all(const struct options *options, const struct build_options *rebuild,
                            const struct model *const *models, size_t count,
                            struct progress_line *progress, struct error *error)
{
    int64_t position = 0;
    enum err err = rebuild_run(rebuild, models, count, &position, error);
    if (err)
        return err;
    progress_line_end(progress, position);
    if (option_flag(options, OPTION_JSON))
        print_json(models, count, position);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    return rebuild_task_run(options, "rebuild", true, rebuild_all, error);
}

static const enum option options[] = {OPTION_DATA,   OPTION_LOG,   OPTION_MODELS, OPTION_SCHEMAS,
                                      OPTION_DOMAIN, OPTION_FORCE, OPTION_JSON,   OPTION_LOG_LEVEL,
                                      OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_rebuild = {
    .name = "rebuild",
    .arguments = "MODEL...",
    .summary = "build read models anew from the log, while the old ones serve",
    .more =
        "Writes the next generation beside the one that serves, from position 1, and has the "
        "worker\n"
        "that holds the model switch to it; without a worker it switches by itself. Ctrl-C leaves\n"
        "the old one serving; the next rebuild goes on where this one stopped. Several models at "
        "once\n"
        "share one pass over the log.",
    .least_arguments = 1,
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
