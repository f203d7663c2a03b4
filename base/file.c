/* Files are opened without waiting, so that a pipe among them does not block. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only these two errors mean that the file does not exist. */
static bool is_absence(int system_error)
{
    return system_error == ENOENT || system_error == ENOTDIR;
}

static enum err fail(struct error *error, const char *path)
{
    return error_set(error, is_absence(errno) ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                     strerror(errno));
}

enum err file_exists(const char *path, bool *ret_exists, struct error *error)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;
    if (!exists && !is_absence(errno))
        return error_set(error, ERR_IO, "%s: %s", path, strerror(errno));
    *ret_exists = exists;
    return OK;
}

enum err file_identify(const char *path, struct file_identity *ret_identity, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return fail(error, path);
    *ret_identity = (struct file_identity){status.st_dev, status.st_ino};
    return OK;
}

enum err file_check_identity(const char *path, const struct file_identity *identity,
                             struct error *error)
{
    struct file_identity now;
    enum err err = file_identify(path, &now, error);
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_REPLACED, "%s was removed or moved while it was open", path);
    if (err || (now.device == identity->device && now.inode == identity->inode))
        return err;
    return error_set(error, ERR_REPLACED, "%s was replaced by another file while it was open",
                     path);
}

enum err file_sync_directory(const char *directory, struct error *error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int system_error = errno;
    if (fd >= 0)
        close(fd);
    if (synced)
        return OK;
    bool full = system_error == ENOSPC || system_error == EDQUOT;
    return error_set(error, full ? ERR_DISK_FULL : ERR_IO, "sync the directory %s: %s", directory,
                     strerror(system_error));
}

static enum err read_all(int fd, const char *path, size_t most_bytes, struct text *out,
                         struct error *error)
{
    char buffer[4096];
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail(error, path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERR_IO, "%s: not a regular file", path);
    size_t total = 0;
    for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(error, path);
        total += (size_t)got;
        if (total > most_bytes)
            return error_set(error, ERR_TOO_LARGE, "%s: larger than %zu bytes", path, most_bytes);
        text_add_bytes(out, buffer, (size_t)got);
    }
    return OK;
}

enum err file_read(const char *path, size_t most_bytes, struct text *out, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(error, path);
    enum err err = read_all(fd, path, most_bytes, out, error);
    close(fd);
    return err;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);
    return name[0] != '.' && length > end && strcmp(name + length - end, suffix) == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum err file_each(const char *directory, const char *suffix, file_visit_fn *visit, void *context,
                   struct error *error)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, compare_names);
    if (count < 0)
        return fail(error, directory);
    enum err err = OK;
    for (int i = 0; i < count; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", directory, entries[i]->d_name);
        if (!err && has_suffix(entries[i]->d_name, suffix))
            err = visit(context, path.at, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    return err;
}
