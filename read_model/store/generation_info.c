/* A file that cannot be read (because it is being created or removed, or is damaged) is reported
 * with the reason: one bad file must not hide the others. */
#include "read_model/store/generation_info.h"

#include "read_model/store/generation.h"

#include <stdio.h>
#include <sys/stat.h>

static int64_t size_of(const char *path, const char *ending)
{
    AUTO(text) struct text file = {0};
    struct stat status;
    text_printf(&file, "%s%s", path, ending);
    return stat(file.at, &status) == 0 ? (int64_t)status.st_size : 0;
}

static enum err read_file(const char *path, struct generation_info *info, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text hash = {0};
    struct checkpoint checkpoint = {0};
    int64_t successor;
    enum err err = db_open_reader(path, DB_READ_MODEL, &db, error);
    if (!err)
        err = model_store_read_hash(db, &hash, error);
    if (!err)
        err = model_store_read_state(db, &info->state, &successor, error);
    if (!err)
        err = model_store_read_checkpoint(db, &checkpoint, error);
    if (err)
        return err;
    info->position = checkpoint.position;
    snprintf(info->definition, sizeof info->definition, "%s", hash.at);
    return OK;
}

static void tell(const char *path, int64_t number, int64_t current, generation_info_fn *each,
                 void *context)
{
    struct error error = {0};
    struct generation_info info = {.number = number, .current = number == current};
    info.bytes = size_of(path, "") + size_of(path, "-wal");
    if (read_file(path, &info, &error) != OK)
        snprintf(info.trouble, sizeof info.trouble, "%s", error.text);
    each(context, &info);
}

enum err generation_info_each(const char *data_directory, const char *model,
                              generation_info_fn *each, void *context, struct error *error)
{
    struct generations files;
    enum err err = generation_list(data_directory, model, &files, error);
    for (int64_t n = files.oldest; !err && n > 0 && n <= files.newest; n++) {
        AUTO(text) struct text path = {0};
        struct stat status;
        generation_path(data_directory, model, n, &path);
        if (stat(path.at, &status) == 0)
            tell(path.at, n, files.current, each, context);
    }
    return err;
}
