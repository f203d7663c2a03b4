/* A command on its way from a line of input to the server: what the files of `annal send` share. */
#pragma once

#include "base/backoff.h"
#include "base/text.h"

#include <stdint.h>

struct send_command {
    int64_t line; /* its number in the input, from 1 */
    char *stream; /* "account/ACC-1"; NULL if the server chooses the id */
    char *path;   /* "/commands/account/ACC-1/close" */
    struct text body;
    char key[256]; /* its Idempotency-Key: the line's, else RUN-LINE */
    struct backoff backoff;
    int64_t due_ms; /* when it is tried again */
    struct send_command *next;
};

void send_command_destroy(struct send_command *command);

/* Reads one NDJSON line; `run` is what the key of a line without one begins with.
 * ERR_INVALID_JSON or ERR_INVALID_BODY say what is wrong with it. */
MUST_CHECK enum err send_command_read(struct slice line, int64_t number, const char *run,
                                      struct send_command **ret_command, struct error *error);
