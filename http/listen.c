/* Sockets are bound here and not by the HTTP library, so that an error can name the address and the
 * reason. */
#include "http/listen.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Splits "ADDR:PORT" at its last colon and removes brackets around the address. */
static bool split_address(const char *address, char host[LISTEN_ADDRESS_BYTES], const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? (size_t)(colon - address) : 0;
    if (length == 0 || length >= LISTEN_ADDRESS_BYTES)
        return false;
    bool bracketed = address[0] == '[' && address[length - 1] == ']';
    if (bracketed) {
        address++;
        length -= 2;
    }
    if (!bracketed && memchr(address, ':', length))
        return false;
    memcpy(host, address, length);
    host[length] = '\0';
    *port = colon + 1;
    return true;
}

static enum err resolve(const char *address, struct addrinfo **ret_info, struct error *error)
{
    char host[LISTEN_ADDRESS_BYTES];
    const char *port;
    int64_t number;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    if (!split_address(address, host, &port) || !slice_read_int(slice_of(port), &number) ||
        number < 0 || number > 65535 || getaddrinfo(host, port, &hints, ret_info) != 0)
        return error_set(error, ERR_USAGE,
                         "\"%s\" is not a listen address: it must be ADDR:PORT, such as "
                         "127.0.0.1:8080 or [::1]:8080",
                         address);
    return OK;
}

enum err listen_check_tcp(const char *address, struct error *error)
{
    struct addrinfo *info;
    enum err err = resolve(address, &info, error);
    if (!err)
        freeaddrinfo(info);
    return err;
}

static bool bind_and_listen(int fd, const struct addrinfo *info)
{
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
}

static void format_bound_address(int fd, char out[LISTEN_ADDRESS_BYTES])
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char host[INET6_ADDRSTRLEN], port[6];
    REQUIRE(getsockname(fd, (struct sockaddr *)&bound, &length) == 0);
    REQUIRE(getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, port, sizeof port,
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0);
    snprintf(out, LISTEN_ADDRESS_BYTES, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
             port);
}

enum err listen_open_tcp(const char *address, int *ret_fd, char ret_address[LISTEN_ADDRESS_BYTES],
                         struct error *error)
{
    struct addrinfo *info;
    enum err err = resolve(address, &info, error);
    if (err)
        return err;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !bind_and_listen(fd, info)) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        freeaddrinfo(info);
        return error_set(error, ERR_IO, "listen on %s: %s", address,
                         why == EADDRINUSE ? "another process already listens there"
                                           : strerror(why));
    }
    freeaddrinfo(info);
    format_bound_address(fd, ret_address);
    *ret_fd = fd;
    return OK;
}

/* A socket file on which no process listens may be replaced; any other may not. */
void listen_write_url(const char *address, struct text *out)
{
    text_printf(out, "http://%s", address);
}

static enum err remove_dead_socket(const struct sockaddr_un *address, struct error *error)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return error_set(error, ERR_IO, "socket: %s", strerror(errno));
    int why = connect(probe, (const struct sockaddr *)address, sizeof *address) ? errno : 0;
    close(probe);
    if (why == 0)
        return error_set(error, ERR_LOCKED, "%s: another process already listens there",
                         address->sun_path);
    if (why != ENOENT && why != ECONNREFUSED)
        return error_set(error, ERR_IO, "connect to %s: %s", address->sun_path, strerror(why));
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return error_set(error, ERR_IO, "remove %s: %s", address->sun_path, strerror(errno));
    return OK;
}

enum err listen_open_unix(const struct sockaddr_un *address, int *ret_fd, struct error *error)
{
    enum err err = remove_dead_socket(address, error);
    if (err)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(error, ERR_IO, "socket: %s", strerror(errno));
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        chmod(address->sun_path, 0600) != 0 || listen(fd, SOMAXCONN) != 0) {
        err = error_set(error, ERR_IO, "listen on %s: %s", address->sun_path, strerror(errno));
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}
