#include "tests/support/crowd.h"

#include "tests/support/http_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES   65536
#define RECEIVE_BYTES 4096

struct member {
    const struct crowd_kind *kind;
    struct text head;
    struct slice body;
    size_t sent;
    bool done;
};

struct crowd {
    struct crowd_options options;
    struct member *members;
    struct pollfd *polls;
};

static void come(struct crowd *crowd, int client)
{
    char from[24];
    int bytes = RECEIVE_BYTES;
    snprintf(from, sizeof from, "127.0.1.%d", 1 + client % crowd->options.addresses);
    int fd = raw_client_connect_from(crowd->options.address, from);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    crowd->members[client].sent = 0;
    crowd->polls[client].fd = fd;
}

static void come_back(struct crowd *crowd, int client)
{
    close(crowd->polls[client].fd);
    crowd->members[client].done = true;
    come(crowd, client);
}

struct crowd *crowd_open(const struct crowd_options *options)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    crowd->options = *options;
    crowd->members = calloc((size_t)options->clients, sizeof *crowd->members);
    crowd->polls = calloc((size_t)options->clients, sizeof *crowd->polls);
    for (int i = 0; i < options->clients; i++) {
        struct member *member = &crowd->members[i];
        member->kind = &options->kinds[i % options->kind_count];
        member->kind->write_head(i, &member->head);
        member->body = member->kind->body ? text_slice(member->kind->body) : slice_of("");
        come(crowd, i);
    }
    return crowd;
}

void crowd_close(struct crowd *crowd)
{
    if (!crowd)
        return;
    for (int i = 0; i < crowd->options.clients; i++) {
        close(crowd->polls[i].fd);
        text_finish(&crowd->members[i].head);
    }
    free(crowd->members);
    free(crowd->polls);
    free(crowd);
}

/* False if the connection is over. */
static bool send_on(struct member *member, int fd)
{
    struct slice part = text_slice(&member->head);
    size_t at = member->sent;
    if (at >= part.length) {
        at -= part.length;
        part = member->body;
    }
    size_t left = part.length - at;
    ssize_t sent = send(fd, part.at + at, left < PIECE_BYTES ? left : PIECE_BYTES, MSG_NOSIGNAL);
    if (sent > 0)
        member->sent += (size_t)sent;
    member->done |= member->sent == member->head.length + member->body.length;
    return sent >= 0 || errno == EAGAIN;
}

/* An answer counts when it begins: the next request may follow it. */
static bool read_on(struct member *member, int fd)
{
    char piece[PIECE_BYTES];
    ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got > 0 && memmem(piece, (size_t)got, "HTTP/1.1 2", 10)) {
        member->sent = 0;
        member->done = true;
    }
    return got > 0 || (got < 0 && errno == EAGAIN);
}

static bool move(struct crowd *crowd, int client)
{
    struct member *member = &crowd->members[client];
    const struct pollfd *poll = &crowd->polls[client];
    if (poll->revents & (POLLERR | POLLHUP | POLLRDHUP))
        return false;
    if (poll->revents & POLLIN && !read_on(member, poll->fd))
        return false;
    return !(poll->revents & POLLOUT) || send_on(member, poll->fd);
}

void crowd_step(struct crowd *crowd, int ms)
{
    for (int i = 0; i < crowd->options.clients; i++) {
        const struct member *member = &crowd->members[i];
        bool sends = member->sent < member->head.length + member->body.length;
        crowd->polls[i].events =
            (short)(POLLRDHUP | (sends ? POLLOUT : 0) | (member->kind->reads ? POLLIN : 0));
    }
    if (poll(crowd->polls, (nfds_t)crowd->options.clients, ms) <= 0)
        return;
    for (int i = 0; i < crowd->options.clients; i++)
        if (!move(crowd, i))
            come_back(crowd, i);
}

int crowd_done(const struct crowd *crowd)
{
    int done = 0;
    for (int i = 0; i < crowd->options.clients; i++)
        done += crowd->members[i].done;
    return done;
}
