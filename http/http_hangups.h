/* Which clients have gone away: libmicrohttpd does not look at the sockets of suspended requests.
 *
 * A client that only closes its sending side counts as gone too, for the two look the same. What a
 * thread sleeps on that has to hear of them, and of other news. Not guarded, but watching,
 * forgetting and telling may go on while the thread sleeps.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct http_hangups {
    int clients_fd; /* an epoll of sockets, each told once */
    int news_fd;
};

void http_hangups_open(struct http_hangups *hangups);
void http_hangups_close(struct http_hangups *hangups);

/* A socket is watched until it is forgotten; `client` is what http_hangups_take() will give. */
void http_hangups_watch(const struct http_hangups *hangups, int fd, void *client);
void http_hangups_forget(const struct http_hangups *hangups, int fd);

/* Sleeps until a client has gone, somebody tells of news, `also_fd` is readable, or the time is
 * over. */
void http_hangups_sleep(const struct http_hangups *hangups, int also_fd, int64_t ms);
void http_hangups_tell(const struct http_hangups *hangups);

/* Those that went away since they were last taken; returns how many, at most `most`. */
size_t http_hangups_take(const struct http_hangups *hangups, void *out[], size_t most);
