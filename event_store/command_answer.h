/* The answer to a command as data, without HTTP status and body: the command desk makes it, the log stores
 * it under an idempotency key, api/ renders it.
 *
 * Texts and events are borrowed.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

struct answered_event {
    struct slice id, type;
    int64_t position;
};

struct command_answer {
    enum err err;     /* OK, or why the command was refused */
    bool began;       /* one of `events` is the first of its stream */
    bool replayed;    /* first given to an earlier request; not stored */
    int64_t version;  /* of the stream afterwards; 0 if it has no events */
    int64_t position; /* of the newest event this stored; if it stored none, the log's head */
    struct slice correlation_id; /* of the request that was answered first */
    /* Of an accepted command. */
    struct slice stream; /* "account/ACC-1" */
    const struct answered_event *events;
    size_t event_count;
    /* Of a refused command. */
    struct slice detail;   /* may name files of the server: clients get it through http/problem.h */
    struct slice trace_id; /* "" if the request had none */
};

/* A copy whose texts and events are in the arena. */
struct command_answer command_answer_copy(const struct command_answer *answer, struct arena *arena);
