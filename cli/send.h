/* The parts of `annal send`: subcommand_send.c reads lines and decides when each may go, send_command.c
 * makes requests of them and keeps the order within a stream, send_http.c has many under way at once.
 */
#pragma once

#include "base/backoff.h"
#include "base/text.h"

#include <stdint.h>

/* --- send_command.c: a command on its way from a line of input to the server */

struct send_command {
    int64_t line; /* its number in the input, from 1 */
    char *stream; /* "account/ACC-1"; NULL if the server chooses the id */
    char *path;   /* "/commands/account/ACC-1/close" */
    struct text body;
    char key[256]; /* its Idempotency-Key: the line's, else RUN-LINE */
    struct backoff backoff;
    int64_t due_ms; /* time of the next try */
    struct send_command *next, *previous;
};

void send_command_destroy(struct send_command *command);

/* Reads one NDJSON line; `run` is what the key of a line without one begins with.
 * ERR_INVALID_JSON or ERR_INVALID_BODY say what is wrong with it. */
MUST_CHECK enum err send_command_read(struct slice line, int64_t number, const char *run,
                                      struct send_command **ret_command, struct error *error);

/* Keeps the commands of one stream in order while many streams are under way: a command may go only
 * when the one before it in its stream is done. */
struct send_queue {
    void *streams; /* a tree (tsearch) of the streams with a command under way */
    size_t waiting;
};

/* True: send it now. False: queued; send_command_done() returns it when it may go. */
bool send_command_may_go(struct send_queue *queue, struct send_command *take_command);

/* The command is done: the next one of its stream, which may go now, or NULL. */
struct send_command *send_command_done(struct send_queue *queue,
                                       const struct send_command *command);

/* --- send_http.c: many POSTs at once over kept-alive connections */

struct send_http;

/* The outcome of a command. */
enum send_outcome {
    SEND_ACCEPTED,
    SEND_REFUSED, /* the server's answer is final; `reason` says why */
    SEND_RETRY,   /* the server is unreachable or asked to try again */
};

typedef void send_done_fn(void *context, struct send_command *command, enum send_outcome outcome,
                          int status, const char *reason);

/* `base_url`: "http://127.0.0.1:8080". */
struct send_http *send_http_create(const char *base_url, size_t in_flight, send_done_fn *done,
                                   void *context);
/* Calls in flight end with SEND_RETRY. */
void send_http_destroy(struct send_http *http);
AUTO_CLOSE(send_http, struct send_http, send_http_destroy)

bool send_http_has_slot(const struct send_http *http);
size_t send_http_in_flight(const struct send_http *http);

/* Requires send_http_has_slot(). The caller owns the command; `done` returns it. */
void send_http_start(struct send_http *http, struct send_command *command);

/* Processes network events; waits at most `ms` for them or for `also_fd` (-1: none) to be
 * readable. */
void send_http_work(struct send_http *http, int also_fd, int ms);
