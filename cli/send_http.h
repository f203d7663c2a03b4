/* Many POSTs at once over kept-alive connections (libcurl). */
#pragma once

#include "cli/send_command.h"

struct send_http;

/* What became of a command. */
enum send_outcome {
    SEND_ACCEPTED,
    SEND_REFUSED, /* the server's answer is final; `reason` says why */
    SEND_RETRY,   /* unreachable, or it asked to try again */
};

typedef void send_done_fn(void *context, struct send_command *command, enum send_outcome outcome,
                          int status, const char *reason);

/* `base_url`: "http://127.0.0.1:8080". */
struct send_http *send_http_create(const char *base_url, size_t in_flight, send_done_fn *done,
                                   void *context);
/* What is in flight is given back as SEND_RETRY. */
void send_http_destroy(struct send_http *http);
AUTO_CLOSE(send_http, struct send_http, send_http_destroy)

bool send_http_has_room(const struct send_http *http);
size_t send_http_in_flight(const struct send_http *http);

/* There must be room. The command stays the caller's; `done` gives it back. */
void send_http_start(struct send_http *http, struct send_command *command);

/* Moves things on; waits at most `ms` for the network or for `also_fd` (-1: none) to be readable.
 */
void send_http_work(struct send_http *http, int also_fd, int ms);
