#include "tests/bus/proxy.h"

#include "tests/support/claims.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MOST 16

struct pair {
    int client, broker; /* -1: free */
};

struct proxy {
    int listener, port, broker_port;
    pthread_t thread;
    _Atomic bool stop, cut, refuse, stall;
    _Atomic int64_t bytes_left; /* 0: no end */
    _Atomic int connections;
    struct pair pairs[PAIRS_MOST];
};

static int make_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static void close_pair(struct pair *pair)
{
    if (pair->client >= 0)
        close(pair->client);
    if (pair->broker >= 0)
        close(pair->broker);
    *pair = (struct pair){-1, -1};
}

static void close_all(struct proxy *proxy)
{
    for (int i = 0; i < PAIRS_MOST; i++)
        close_pair(&proxy->pairs[i]);
}

static void take_connection(struct proxy *proxy)
{
    struct sockaddr_in address = loopback(proxy->broker_port);
    struct pair pair = {accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC), make_socket()};
    proxy->connections++;
    for (int i = 0; i < PAIRS_MOST && !proxy->refuse; i++)
        if (proxy->pairs[i].client < 0) {
            if (connect(pair.broker, (struct sockaddr *)&address, sizeof address) != 0)
                break;
            proxy->pairs[i] = pair;
            return;
        }
    close_pair(&pair);
}

/* False at the end of the connection. */
static bool copy(struct proxy *proxy, int from, int to, bool to_broker)
{
    char buffer[16384];
    size_t room = sizeof buffer;
    if (to_broker && proxy->bytes_left > 0 && proxy->bytes_left < (int64_t)room)
        room = (size_t)proxy->bytes_left;
    ssize_t got = recv(from, buffer, room, MSG_DONTWAIT);
    for (ssize_t sent = 0, n; got > 0 && sent < got; sent += n) {
        n = send(to, buffer + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (n < 0)
            return false;
    }
    if (to_broker && got > 0 && proxy->bytes_left > 0) {
        proxy->bytes_left -= got;
        if (proxy->bytes_left == 0)
            proxy->cut = true;
    }
    return got > 0;
}

static void serve(struct proxy *proxy)
{
    struct pollfd fds[2 * PAIRS_MOST + 1];
    for (int i = 0; i < PAIRS_MOST; i++) {
        short events = proxy->stall ? 0 : POLLIN;
        fds[2 * i] = (struct pollfd){proxy->pairs[i].client, events, 0};
        fds[2 * i + 1] = (struct pollfd){proxy->pairs[i].broker, events, 0};
    }
    fds[2 * PAIRS_MOST] = (struct pollfd){proxy->listener, POLLIN, 0};
    poll(fds, 2 * PAIRS_MOST + 1, 10);
    for (int i = 0; i < PAIRS_MOST && !proxy->stall && !proxy->cut; i++) {
        struct pair *pair = &proxy->pairs[i];
        if ((fds[2 * i].revents && !copy(proxy, pair->client, pair->broker, true)) ||
            (fds[2 * i + 1].revents && !copy(proxy, pair->broker, pair->client, false)))
            close_pair(pair);
    }
    if (fds[2 * PAIRS_MOST].revents)
        take_connection(proxy);
}

static void *run(void *context)
{
    struct proxy *proxy = context;
    while (!proxy->stop) {
        if (atomic_exchange(&proxy->cut, false))
            close_all(proxy);
        serve(proxy);
    }
    return NULL;
}

struct proxy *proxy_open(int broker_port)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    assert_non_null(proxy);
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    for (int i = 0; i < PAIRS_MOST; i++)
        proxy->pairs[i] = (struct pair){-1, -1};
    proxy->broker_port = broker_port;
    proxy->listener = make_socket();
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(proxy->listener, 16), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &length), 0);
    proxy->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&proxy->thread, NULL, run, proxy), 0);
    return proxy;
}

void proxy_close(struct proxy *proxy)
{
    proxy->stop = true;
    pthread_join(proxy->thread, NULL);
    close_all(proxy);
    close(proxy->listener);
    free(proxy);
}

int proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

void proxy_cut(struct proxy *proxy)
{
    proxy->cut = true;
}

void proxy_refuse(struct proxy *proxy, bool refuse)
{
    proxy->refuse = refuse;
}

void proxy_stall(struct proxy *proxy, bool stall)
{
    proxy->stall = stall;
}

void proxy_cut_after(struct proxy *proxy, int64_t bytes)
{
    proxy->bytes_left = bytes;
}

int proxy_connections(const struct proxy *proxy)
{
    return proxy->connections;
}
