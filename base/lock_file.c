/* The lock file is never removed: otherwise two processes could lock two files of that name. */
#include "base/lock_file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lock_file {
    int fd;
};

static enum err already_held(int fd, const char *path, struct error *error)
{
    char holder[128] = "";
    ssize_t length = pread(fd, holder, sizeof holder - 1, 0);
    holder[length > 0 ? (size_t)length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(error, ERR_LOCKED, "%s is held by %s", path,
                     holder[0] ? holder : "another process");
}

enum err lock_file_take(const char *path, const char *who, struct lock_file **ret_lock,
                        struct error *error)
{
    AUTO(text) struct text name = {0};
    text_printf(&name, "%s.lock", path);
    int fd = open(name.at, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(error, ERR_IO, "open %s: %s", name.at, strerror(errno));
    /* A user who can open it can hold it; an older file may have a wider mode. */
    (void)!fchmod(fd, 0600);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum err err = errno == EWOULDBLOCK
                           ? already_held(fd, path, error)
                           : error_set(error, ERR_IO, "lock %s: %s", name.at, strerror(errno));
        close(fd);
        return err;
    }
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%s, pid %ld\n", who, (long)getpid());
    struct lock_file *lock = malloc(sizeof *lock);
    REQUIRE(lock);
    lock->fd = fd;
    *ret_lock = lock;
    return OK;
}

void lock_file_release(struct lock_file *lock)
{
    if (!lock)
        return;
    close(lock->fd);
    free(lock);
}
