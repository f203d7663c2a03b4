/* annal check: proves that a live read model equals a rebuild from the log. */
#include "cli/rebuild_task.h"
#include "cli/subcommand.h"

#include <stdio.h>

static enum err check_one(const struct rebuild_options *rebuild, const struct model *const *models,
                          size_t count, struct progress *progress, struct error *error)
{
    (void)models, (void)count; /* one, which is the options' */
    AUTO(text) struct text remarks = {0};
    int64_t position = 0;
    enum err err = rebuild_check(rebuild, &position, &remarks, error);
    if (remarks.length)
        fputs(remarks.at, stderr);
    if (err)
        return error_add_context(error, err, "%s", model_name(rebuild->model));
    progress_end(progress, position);
    printf("%s equals a rebuild at position %lld\n", model_name(rebuild->model),
           (long long)position);
    fflush(stdout);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    return rebuild_task_run(options, "check", false, check_one, error);
}

static const enum option options[] = {OPTION_DATA,      OPTION_MODELS, OPTION_SCHEMAS,
                                      OPTION_LOG_LEVEL, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_check = {
    .name = "check",
    .arguments = "[MODEL...]",
    .summary = "compare read models with a rebuild from the log",
    .more =
        "Builds a throw-away generation up to the live one's position and compares all tables row "
        "by\n"
        "row in key order. Without names it checks every model. The exit status is 1 at the first\n"
        "row that differs, which is named.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
