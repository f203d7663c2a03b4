/* The lock file is never removed: otherwise two processes could lock two files of that name. */
#include "base/lock_file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct lock_file {
    int fd;
};

/* A lock on the whole file that belongs to the open file description: unlike that of flock(2), another
 * process can look for it without taking it. */
static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

static void read_holder(int fd, char holder[LOCK_HOLDER_BYTES])
{
    ssize_t length = pread(fd, holder, LOCK_HOLDER_BYTES - 1, 0);
    holder[length > 0 ? (size_t)length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    if (!holder[0])
        snprintf(holder, LOCK_HOLDER_BYTES, "another process");
}

static enum err already_held(int fd, const char *path, struct error *error)
{
    char holder[LOCK_HOLDER_BYTES];
    read_holder(fd, holder);
    return error_set(error, ERR_LOCKED, "%s is held by %s", path, holder);
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
    struct flock wanted = whole_file(F_WRLCK);
    if (fcntl(fd, F_OFD_SETLK, &wanted) != 0) {
        enum err err = errno == EAGAIN || errno == EACCES
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

enum err lock_file_find_holder(const char *path, char ret_holder[LOCK_HOLDER_BYTES],
                               struct error *error)
{
    AUTO(text) struct text name = {0};
    struct flock found = whole_file(F_WRLCK);
    text_printf(&name, "%s.lock", path);
    ret_holder[0] = '\0';
    int fd = open(name.at, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? OK
                   : error_set(error, ERR_IO, "open %s: %s", name.at, strerror(errno));
    enum err err = OK;
    if (fcntl(fd, F_OFD_GETLK, &found) != 0)
        err = error_set(error, ERR_IO, "look for the holder of %s: %s", name.at, strerror(errno));
    else if (found.l_type != F_UNLCK)
        read_holder(fd, ret_holder);
    close(fd);
    return err;
}

/* Closing is not enough: a child between fork and exec still has the descriptor. */
void lock_file_release(struct lock_file *lock)
{
    struct flock none = whole_file(F_UNLCK);
    if (!lock)
        return;
    (void)!fcntl(lock->fd, F_OFD_SETLK, &none);
    close(lock->fd);
    free(lock);
}
