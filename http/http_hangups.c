#include "http/http_hangups.h"

#include "base/error.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TAKEN_MOST 64

void http_hangups_open(struct http_hangups *hangups)
{
    hangups->clients_fd = epoll_create1(EPOLL_CLOEXEC);
    hangups->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    REQUIRE(hangups->clients_fd >= 0 && hangups->news_fd >= 0);
}

void http_hangups_close(struct http_hangups *hangups)
{
    close(hangups->clients_fd);
    close(hangups->news_fd);
}

/* One that cannot be watched is noticed to be gone when something is sent to it. */
void http_hangups_watch(const struct http_hangups *hangups, int fd, void *client)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = client};
    (void)epoll_ctl(hangups->clients_fd, EPOLL_CTL_ADD, fd, &event);
}

void http_hangups_forget(const struct http_hangups *hangups, int fd)
{
    (void)epoll_ctl(hangups->clients_fd, EPOLL_CTL_DEL, fd, NULL);
}

void http_hangups_sleep(const struct http_hangups *hangups, int also_fd, int64_t ms)
{
    struct pollfd fds[] = {
        {hangups->clients_fd, POLLIN, 0}, {hangups->news_fd, POLLIN, 0}, {also_fd, POLLIN, 0}};
    uint64_t times;
    (void)poll(fds, 3, (int)ms);
    (void)!read(hangups->news_fd, &times, sizeof times);
}

void http_hangups_tell(const struct http_hangups *hangups)
{
    static const uint64_t once = 1;
    (void)!write(hangups->news_fd, &once, sizeof once);
}

size_t http_hangups_take(const struct http_hangups *hangups, void *out[], size_t most)
{
    struct epoll_event events[TAKEN_MOST];
    int taken =
        epoll_wait(hangups->clients_fd, events, (int)(most < TAKEN_MOST ? most : TAKEN_MOST), 0);
    for (int i = 0; i < taken; i++)
        out[i] = events[i].data.ptr;
    return taken > 0 ? (size_t)taken : 0;
}
