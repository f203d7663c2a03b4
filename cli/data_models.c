#include "cli/data_models.h"

#include "base/arena.h"
#include "base/json.h"
#include "read_model/store/generation.h"

static enum err add_name(void *names, const char *model, struct error *error)
{
    (void)error;
    json_array_append_new(names, json_string(model));
    return OK;
}

static bool has(const json_t *names, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach (names, i, one) {
        if (strcmp(json_string_value(one), name) == 0)
            return true;
    }
    return false;
}

static enum err no_such_model(const char *data_directory, const json_t *names, const char *name,
                              struct error *error)
{
    AUTO(text) struct text all = {0};
    AUTO(arena) struct arena arena = {0};
    size_t i, count = json_array_size(names);
    json_t *one;
    const char **list = arena_allocate(&arena, (count + 1) * sizeof *list);
    json_array_foreach (names, i, one) {
        list[i] = json_string_value(one);
        text_printf(&all, "%s%s", i ? ", " : "", list[i]);
    }
    if (count == 0)
        return error_set(error, ERR_NOT_FOUND,
                         "read model %s not found in %s/read, which has no read model", name,
                         data_directory);
    const char *nearest = slice_nearest(slice_of(name), list, count);
    return error_set(error, ERR_NOT_FOUND, "read model %s not found in %s/read%s%s%s has %s", name,
                     data_directory, nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "? It" : "; it", all.at);
}

enum err data_models_choose(const char *data_directory, const char *const *names, size_t count,
                            json_t **ret_names, struct error *error)
{
    AUTO(json) json_t *all = json_array();
    AUTO(json) json_t *chosen = json_array();
    enum err err = generation_each_model(data_directory, add_name, all, error);
    for (size_t i = 0; !err && i < count; i++) {
        if (!has(all, names[i]))
            err = no_such_model(data_directory, all, names[i], error);
        else if (has(chosen, names[i]))
            err = error_set(error, ERR_USAGE, "%s is named twice", names[i]);
        json_array_append_new(chosen, json_string(names[i]));
    }
    if (!err)
        *ret_names = json_incref(count ? chosen : all);
    return err;
}
