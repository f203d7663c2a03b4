#include "projectors/model_lock.h"

#include "read_model/store/generation.h"

static enum err take(const char *data_directory, const char *file, const char *suffix,
                     const char *who, struct lock_file **ret_lock, struct error *error)
{
    AUTO(text) struct text path = {0};
    enum err err = generation_make_directory(data_directory, error);
    if (err)
        return err;
    text_printf(&path, "%s/read/%s%s", data_directory, file, suffix);
    return lock_file_take(path.at, who, ret_lock, error);
}

enum err model_lock_take(const char *data_directory, const char *model, const char *who,
                         struct lock_file **ret_lock, struct error *error)
{
    return take(data_directory, model, ".db", who, ret_lock, error);
}

enum err model_lock_take_rebuild(const char *data_directory, const char *model,
                                 struct lock_file **ret_lock, struct error *error)
{
    return take(data_directory, model, ".rebuild", "a rebuild", ret_lock, error);
}
