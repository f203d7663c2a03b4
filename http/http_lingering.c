/* The sockets are in the order of their deadlines, since each may linger for the same time. */
#include "http/http_lingering.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS   5000
#define PIECE_BYTES ((size_t)16 * 1024) /* read at once; the rest in a later turn */

struct http_lingering_socket {
    struct http_lingering_socket *next, *previous;
    int fd;
    size_t left_bytes;
    int64_t deadline_ms;
};

void http_lingering_open(struct http_lingering *lingering, size_t most_bytes)
{
    *lingering = (struct http_lingering){
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .most_bytes = most_bytes,
        .metric = metric_series(METRIC_HTTP_CONNECTIONS_LINGERING, ""),
    };
    REQUIRE(lingering->epoll_fd >= 0);
}

static void end(struct http_lingering *lingering, struct http_lingering_socket *ended)
{
    LIST_REMOVE(&lingering->sockets, ended);
    lingering->sockets.count--;
    metric_add(lingering->metric, -1);
    /* close() is not enough: the library may still have its descriptor of the socket open. */
    (void)epoll_ctl(lingering->epoll_fd, EPOLL_CTL_DEL, ended->fd, NULL);
    close(ended->fd);
    free(ended);
}

void http_lingering_close(struct http_lingering *lingering)
{
    while (lingering->sockets.first)
        end(lingering, lingering->sockets.first);
    close(lingering->epoll_fd);
}

static bool client_has_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void http_lingering_add(struct http_lingering *lingering, int fd)
{
    int own = client_has_closed(fd) ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return;
    if (lingering->sockets.count == HTTP_LINGERING_MOST)
        end(lingering, lingering->sockets.first);
    struct http_lingering_socket *added = calloc(1, sizeof *added);
    REQUIRE(added);
    added->fd = own;
    added->left_bytes = lingering->most_bytes;
    added->deadline_ms = clock_monotonic_ms() + LINGER_MS;
    LIST_APPEND(&lingering->sockets, added);
    lingering->sockets.count++;
    metric_add(lingering->metric, 1);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = added};
    if (epoll_ctl(lingering->epoll_fd, EPOLL_CTL_ADD, own, &event) != 0)
        end(lingering, added);
}

/* False if the client has closed or has sent too much. */
static bool discard(struct http_lingering_socket *from)
{
    char piece[PIECE_BYTES];
    ssize_t got = recv(from->fd, piece, sizeof piece, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0 || (size_t)got > from->left_bytes)
        return false;
    from->left_bytes -= (size_t)got;
    return true;
}

void http_lingering_read(struct http_lingering *lingering)
{
    struct epoll_event events[HTTP_LINGERING_MOST];
    int ready = lingering->sockets.count
                    ? epoll_wait(lingering->epoll_fd, events, HTTP_LINGERING_MOST, 0)
                    : 0;
    for (int i = 0; i < ready; i++)
        if (!discard(events[i].data.ptr))
            end(lingering, events[i].data.ptr);
}

void http_lingering_expire(struct http_lingering *lingering, int64_t now_ms)
{
    while (lingering->sockets.first && now_ms >= lingering->sockets.first->deadline_ms)
        end(lingering, lingering->sockets.first);
}

void http_lingering_hurry(struct http_lingering *lingering, int64_t deadline_ms)
{
    for (struct http_lingering_socket *each = lingering->sockets.first; each; each = each->next)
        if (each->deadline_ms > deadline_ms)
            each->deadline_ms = deadline_ms;
}

int64_t http_lingering_next_deadline_ms(const struct http_lingering *lingering)
{
    return lingering->sockets.first ? lingering->sockets.first->deadline_ms : INT64_MAX;
}
