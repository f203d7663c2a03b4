/* The link determines which generation serves. It is replaced by a rename, never edited, so that a
 * reader finds the old file or the new one even if a process is killed. */
#include "read_model/store/generation.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err system_error(struct error *error, const char *doing, const char *path)
{
    enum err code = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
    return error_set(error, code, "%s %s: %s", doing, path, strerror(errno));
}

static void write_directory(const char *data_directory, struct text *out)
{
    text_printf(out, "%s/read", data_directory);
}

void generation_path(const char *data_directory, const char *model, int64_t number,
                     struct text *out)
{
    write_directory(data_directory, out);
    if (number == 0)
        text_printf(out, "/%s.db", model);
    else
        text_printf(out, "/%s.%lld.db", model, (long long)number);
}

enum err generation_make_directory(const char *data_directory, struct error *error)
{
    AUTO(text) struct text path = {0};
    write_directory(data_directory, &path);
    if (mkdir(path.at, 0700) == 0 || errno == EEXIST)
        return OK;
    return system_error(error, "make the directory", path.at);
}

static enum err take_lock(const char *data_directory, const struct text *path, const char *who,
                          struct lock_file **ret_lock, struct error *error)
{
    enum err err = generation_make_directory(data_directory, error);
    return err ? err : lock_file_take(path->at, who, ret_lock, error);
}

enum err generation_lock(const char *data_directory, const char *model, const char *who,
                         struct lock_file **ret_lock, struct error *error)
{
    AUTO(text) struct text path = {0};
    generation_path(data_directory, model, 0, &path);
    return take_lock(data_directory, &path, who, ret_lock, error);
}

enum err generation_lock_rebuild(const char *data_directory, const char *model,
                                 struct lock_file **ret_lock, struct error *error)
{
    AUTO(text) struct text path = {0};
    write_directory(data_directory, &path);
    text_printf(&path, "/%s.rebuild", model);
    return take_lock(data_directory, &path, "a rebuild", ret_lock, error);
}

/* The number in "<model>.<n>.db"; 0 for any other name. */
static int64_t number_of(const char *file, const char *model)
{
    struct slice name = slice_of(file), digits;
    size_t prefix = strlen(model);
    int64_t number = 0;
    if (name.length < prefix + 5 || memcmp(file, model, prefix) != 0 || file[prefix] != '.' ||
        memcmp(file + name.length - 3, ".db", 3) != 0)
        return 0;
    digits = (struct slice){file + prefix + 1, name.length - prefix - 4};
    bool canonical = digits.at[0] >= '1' && digits.at[0] <= '9';
    return canonical && slice_read_int(digits, &number) ? number : 0;
}

enum err generation_current(const char *data_directory, const char *model, int64_t *ret_number,
                            struct error *error)
{
    AUTO(text) struct text path = {0};
    char target[NAME_MAX + 1];
    generation_path(data_directory, model, 0, &path);
    ssize_t length = readlink(path.at, target, sizeof target - 1);
    if (length < 0 && errno == ENOENT) {
        *ret_number = 0;
        return OK;
    }
    if (length < 0 && errno != EINVAL)
        return system_error(error, "read the link", path.at);
    target[length < 0 ? 0 : length] = '\0';
    int64_t number = number_of(target, model);
    if (number == 0)
        return error_set(error, ERR_CORRUPT,
                         "%s is not a link to a generation, %s.N.db; remove it and rebuild",
                         path.at, model);
    *ret_number = number;
    return OK;
}

enum err generation_list(const char *data_directory, const char *model, struct generations *ret,
                         struct error *error)
{
    AUTO(text) struct text path = {0};
    struct generations found = {0};
    write_directory(data_directory, &path);
    DIR *directory = opendir(path.at);
    if (!directory && errno != ENOENT)
        return system_error(error, "read the directory", path.at);
    errno = 0; /* else the end of the directory and a failed read look the same */
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        int64_t number = number_of(entry->d_name, model);
        if (number > found.newest)
            found.newest = number;
        if (number > 0 && (found.oldest == 0 || number < found.oldest))
            found.oldest = number;
    }
    enum err err = directory && errno ? system_error(error, "read the directory", path.at) : OK;
    if (directory)
        closedir(directory);
    if (!err)
        err = generation_current(data_directory, model, &found.current, error);
    if (!err)
        *ret = found;
    return err;
}

/* "<model>" of "<model>.db", "<model>.N.db" and "<model>.db.lock"; empty for other files. */
static struct slice model_of(const char *file)
{
    const char *dot = strchr(file, '.');
    size_t length = strlen(file);
    bool ours = dot && length > 3 &&
                (strcmp(dot, ".db.lock") == 0 || strcmp(file + length - 3, ".db") == 0);
    return ours ? (struct slice){file, (size_t)(dot - file)} : (struct slice){"", 0};
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Sorting puts the files of one model together: a dot sorts before the characters of a name. */
enum err generation_each_model(const char *data_directory, generation_model_fn *each, void *context,
                               struct error *error)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text last = {0};
    struct dirent **entries = NULL;
    enum err err = OK;
    write_directory(data_directory, &path);
    int count = scandir(path.at, &entries, NULL, compare_names);
    if (count < 0 && errno != ENOENT)
        return system_error(error, "read the directory", path.at);
    for (int i = 0; i < count; i++) {
        struct slice model = model_of(entries[i]->d_name);
        if (!err && model.length > 0 && !(last.at && slice_is(model, last.at))) {
            text_clear(&last);
            text_add_slice(&last, model);
            err = each(context, last.at, error);
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

enum err generation_link(const char *data_directory, const char *model, int64_t number,
                         struct error *error)
{
    AUTO(text) struct text directory = {0}, path = {0}, next = {0}, target = {0};
    write_directory(data_directory, &directory);
    generation_path(data_directory, model, 0, &path);
    text_printf(&next, "%s.new", path.at);
    text_printf(&target, "%s.%lld.db", model, (long long)number);
    if (unlink(next.at) != 0 && errno != ENOENT) /* of one that was killed here */
        return system_error(error, "remove", next.at);
    if (symlink(target.at, next.at) != 0)
        return system_error(error, "make the link", next.at);
    if (rename(next.at, path.at) != 0)
        return system_error(error, "rename the link to", path.at);
    return file_sync_directory(directory.at, error);
}

/* The main file is removed last: as long as it exists, its -wal belongs to it. */
enum err generation_remove(const char *data_directory, const char *model, int64_t number,
                           struct error *error)
{
    static const char *const endings[] = {"-shm", "-wal", ""};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        AUTO(text) struct text path = {0};
        generation_path(data_directory, model, number, &path);
        text_add(&path, endings[i]);
        if (unlink(path.at) != 0 && errno != ENOENT)
            return system_error(error, "remove", path.at);
    }
    return OK;
}

enum err generation_remove_older(const char *data_directory, const char *model, int64_t number,
                                 int64_t kept, struct error *error)
{
    struct generations files;
    enum err err = generation_list(data_directory, model, &files, error);
    for (int64_t n = files.oldest; !err && n > 0 && n < number; n++)
        if (n != kept)
            err = generation_remove(data_directory, model, n, error);
    return err;
}

/* The one that the link names stays even if it is marked retired: its cutover may be incomplete. */
enum err generation_prune(const char *data_directory, const char *model, struct error *error)
{
    int64_t current = 0;
    enum err err = generation_current(data_directory, model, &current, error);
    return err ? err : generation_remove_older(data_directory, model, current, 0, error);
}
