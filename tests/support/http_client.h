/* A client for tests: ordinary requests through libcurl, and raw bytes for requests that libcurl does not
 * send. A failed transport fails the test, except in http_client_try(). */
#pragma once

#include "tests/support/claims.h"

#include <jansson.h>

struct http_call {
    const char *method; /* NULL: GET */
    const char *path;
    const char *headers[12]; /* "Name: value" */
    const char *body;        /* NULL: none */
    size_t body_length;      /* 0: the string's */
    bool chunked;
    int timeout_seconds; /* 0: 20 */
};

struct http_reply {
    long status; /* 0: none came */
    struct text headers, body;
    char header_value[1024]; /* of the last http_reply_header() */
};
void http_reply_finish(struct http_reply *reply);
AUTO_FINISH(http_reply, struct http_reply, http_reply_finish)

/* A client keeps its connection between calls; it belongs to one thread. */
struct http_client;
struct http_client *http_client_open(const char *address);
/* Its connections come from this local address. */
struct http_client *http_client_open_from(const char *address, const char *from);
void http_client_close(struct http_client *client);
AUTO_CLOSE(http_client, struct http_client, http_client_close)

/* `reply` is cleared first. */
void http_client_call(struct http_client *client, const struct http_call *call,
                      struct http_reply *reply);
/* The same, but false if the transport failed. */
bool http_client_try(struct http_client *client, const struct http_call *call,
                     struct http_reply *reply);
/* Connections this client has made so far. */
long http_client_connections(const struct http_client *client);

/* One request on a new connection. */
void http_get(const char *address, const char *path, struct http_reply *reply);
void http_post_json(const char *address, const char *path, const char *body,
                    struct http_reply *reply);

/* The value of a header, valid until the next call; NULL if it is missing. */
const char *http_reply_header(struct http_reply *reply, const char *name);
/* The body as JSON; the caller owns it. Fails the test if it is none. */
json_t *http_reply_json(const struct http_reply *reply);

/* The reply must be a problem of this status and slug, consistent in itself (RFC 9457). */
void http_reply_check_problem(struct http_reply *reply, int status, const char *slug);

/* A TCP connection to "ADDR:PORT"; the caller closes it. */
int raw_client_connect(const char *address);
/* The same from this local address. */
int raw_client_connect_from(const char *address, const char *from);
/* Sends all bytes, or as many as the other side accepts. */
void raw_client_send(int fd, const char *bytes, size_t length);
/* Adds all received bytes until the other side closes; false if it does not within `seconds`. */
bool raw_client_read_to_end(int fd, int seconds, struct text *out);
/* Adds received bytes until `out` contains the text; false if it does not within `seconds`. */
bool raw_client_read_until(int fd, const char *text, int seconds, struct text *out);
