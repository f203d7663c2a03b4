#include "projectors/model_lock.h"

#include "read_model/store/generation.h"

void model_lock_path(const char *data_directory, const char *model, struct text *out)
{
    text_printf(out, "%s/read/%s.db", data_directory, model);
}

static enum err take(const char *data_directory, const struct text *path, const char *who,
                     struct lock_file **ret_lock, struct error *error)
{
    enum err err = generation_make_directory(data_directory, error);
    return err ? err : lock_file_take(path->at, who, ret_lock, error);
}

enum err model_lock_take(const char *data_directory, const char *model, const char *who,
                         struct lock_file **ret_lock, struct error *error)
{
    AUTO(text) struct text path = {0};
    model_lock_path(data_directory, model, &path);
    return take(data_directory, &path, who, ret_lock, error);
}

enum err model_lock_take_rebuild(const char *data_directory, const char *model,
                                 struct lock_file **ret_lock, struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/read/%s.rebuild", data_directory, model);
    return take(data_directory, &path, "a rebuild", ret_lock, error);
}
