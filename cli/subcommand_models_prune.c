/* annal models prune: removes the generations before those that serve. */
#include "cli/subcommand_models.h"

#include "base/json.h"
#include "cli/data_models.h"
#include "operations/action.h"
#include "read_model/store/generation_info.h"

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

static void note(const char *model, int64_t generations, int64_t bytes, json_t *removed)
{
    json_array_append_new(removed, json_pack("{s:s, s:I, s:I}", "model", model, "generations",
                                             (json_int_t)generations, "bytes", (json_int_t)bytes));
}

static enum err prune_one(const char *data, const char *model, json_t *removed, struct error *error)
{
    struct found before = {0}, after = {0};
    enum err err = generation_info_each(data, model, count, &before, error);
    if (!err && before.files == 0)
        return OK;
    if (!err)
        err = action_prune(data, model, error);
    if (!err)
        err = generation_info_each(data, model, count, &after, error);
    if (!err && before.files > after.files)
        note(model, before.files - after.files, before.bytes - after.bytes, removed);
    return err;
}

static void print_removed(const json_t *removed)
{
    size_t i;
    json_t *one;
    json_array_foreach (removed, i, one)
        printf("%s: %lld removed, %lld bytes\n", json_string_or(one, "model", ""),
               (long long)json_int_or(one, "generations", 0),
               (long long)json_int_or(one, "bytes", 0));
    if (json_array_size(removed) == 0)
        printf("nothing to remove: no generation is older than the one that serves\n");
}

/* What was removed before an error is told too. */
static void tell(const json_t *answer, bool json)
{
    AUTO(text) struct text text = {0};
    if (!json) {
        print_removed(json_object_get(answer, "removed"));
        return;
    }
    json_write(answer, &text);
    printf("%s\n", text.at);
}

enum err models_prune_run(const struct options *options, struct error *error)
{
    const char *data = options->value[OPTION_DATA];
    AUTO(json) json_t *answer = json_pack("{s:[]}", "removed");
    AUTO(json) json_t *names = NULL;
    json_t *removed = json_object_get(answer, "removed"), *name;
    size_t i;
    enum err err =
        data_models_choose(data, &options->argument[1], options->argument_count - 1, &names, error);
    if (err)
        return err;
    json_array_foreach (names, i, name) {
        if (!err)
            err = prune_one(data, json_string_value(name), removed, error);
    }
    if (!err || json_array_size(removed) > 0)
        tell(answer, option_flag(options, OPTION_JSON));
    return err;
}
