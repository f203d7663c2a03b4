#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int raw_client_connect_from(const char *address, const char *from)
{
    char host[64];
    const char *colon = strrchr(address, ':');
    size_t length = (size_t)(colon - address);
    assert_true(length < sizeof host);
    memcpy(host, address, length);
    host[length] = '\0';
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    assert_int_equal(inet_pton(AF_INET, host, &to.sin_addr), 1);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct sockaddr_in source = {.sin_family = AF_INET};
    if (from) {
        assert_int_equal(inet_pton(AF_INET, from, &source.sin_addr), 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&source, sizeof source), 0);
    }
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail_msg("cannot connect to %s", address);
    return fd;
}

int raw_client_connect(const char *address)
{
    return raw_client_connect_from(address, NULL);
}

void raw_client_send(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Waits for one piece. 1: received; 0: the other side closed; -1: timed out. */
static int read_piece(int fd, int64_t deadline_ms, struct text *out)
{
    char piece[4096];
    int64_t left = deadline_ms - test_now_ms();
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, left > 0 ? (int)left : 0) <= 0)
        return -1;
    ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got <= 0)
        return 0;
    text_add_bytes(out, piece, (size_t)got);
    return 1;
}

bool raw_client_read_to_end(int fd, int seconds, struct text *out)
{
    int64_t deadline_ms = test_now_ms() + seconds * 1000;
    int got;
    text_reserve(out, 0)[0] = '\0';
    while ((got = read_piece(fd, deadline_ms, out)) > 0)
        ;
    return got == 0;
}

bool raw_client_read_until(int fd, const char *text, int seconds, struct text *out)
{
    int64_t deadline_ms = test_now_ms() + seconds * 1000;
    while (!out->at || !strstr(out->at, text))
        if (read_piece(fd, deadline_ms, out) <= 0)
            return false;
    return true;
}
