/* annal models prune: removes the generations before those that serve. */
#include "cli/models.h"

#include "cli/role.h"
#include "projectors/prune.h"
#include "read_model/generation_info.h"

#include <stdio.h>

struct found {
    int64_t files, bytes;
};

static void count(void *context, const struct generation_info *info)
{
    struct found *found = context;
    found->files++;
    found->bytes += info->bytes;
}

static enum err prune_one(const char *data, const char *model, struct error *error)
{
    struct found before = {0}, after = {0};
    enum err err = generation_info_each(data, model, count, &before, error);
    if (!err && before.files == 0)
        return OK; /* not even a directory to lock it in */
    if (!err)
        err = prune_run(data, model, error);
    if (!err)
        err = generation_info_each(data, model, count, &after, error);
    if (!err && before.files > after.files)
        printf("%s: %lld removed, %lld bytes\n", model, (long long)(before.files - after.files),
               (long long)(before.bytes - after.bytes));
    return err;
}

enum err models_prune_run(const struct options *options, const struct models *models,
                          struct error *error)
{
    const char *data = options->value[OPTION_DATA];
    enum err err = OK;
    for (size_t i = 1; i < options->argument_count && !err; i++)
        if (!models_find(models, options->argument[i]))
            err = role_no_such_model(models, options->argument[i], error);
    for (size_t i = 1; i < options->argument_count && !err; i++)
        err = prune_one(data, options->argument[i], error);
    for (size_t i = 0; i < models_count(models) && options->argument_count == 1 && !err; i++)
        err = prune_one(data, model_name(models_at(models, i)), error);
    return err;
}
