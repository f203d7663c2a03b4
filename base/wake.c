#include "base/wake.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum err wake_open(int *ret_fd, struct error *error)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERR_IO, "open an eventfd: %s", strerror(errno));
    *ret_fd = fd;
    return OK;
}

/* A full eventfd is already readable. */
void wake_signal(int fd)
{
    uint64_t one = 1;
    if (fd >= 0)
        (void)!write(fd, &one, sizeof one);
}

void wake_clear(int fd)
{
    uint64_t signals;
    (void)!read(fd, &signals, sizeof signals);
}
