/* An aggregate: a category, its state as the fold of its events, and its commands.
 *
 *   decide(state, command) → events | refusal      evolve(state, event) → state
 *
 * Both are pure: no I/O, no clock, no randomness. A domain lists its aggregates in a table, closed
 * by NULL; routes, OpenAPI, help and metric labels derive from it. A folder per aggregate, a file
 * per command.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

#include <jansson.h>
#include <stdint.h>

struct catalogue;
struct command_kind;

/* The decision of a command: events in order, each of a type that the command declares, with data that
 * fits the type's schema in the catalogue. The desk stores no other decision. */
#define DECISION_EVENTS_MOST 600

struct decided_event {
    const char *type; /* a literal */
    json_t *data;     /* owned by the decision */
};
struct decision {
    struct decided_event *events;
    size_t count, capacity;
};

/* Adds an event; takes `data` over. */
void decision_add(struct decision *decision, const char *type, json_t *take_data);
void decision_finish(struct decision *decision);
AUTO_FINISH(decision, struct decision, decision_finish)

/* ERR_INTERNAL if the desk must not store the decision. The text names the first wrong event, its type and
 * the JSON Pointer of the fault; it is for the process's log, not for clients. */
MUST_CHECK enum err decision_check(const struct decision *decision, const struct command_kind *kind,
                                   const struct catalogue *catalogue, struct error *error);

/* The input of decide beside the state. `data` has passed the command's schema. */
struct command {
    const char *id;     /* the aggregate's, "ACC-1" */
    const json_t *data; /* an object; {} if the body was empty */
    int64_t now_us;     /* the time the events will be recorded with */
};

/* OK with events: they are appended. OK without events: the state is already as the command wants it.
 * ERR_REFUSED: the domain rejects the command, in a sentence that names the state ("account ACC-1 is
 * already closed"); the decision is then finished, never appended. */
typedef enum err decide_fn(const void *state, const struct command *command,
                           struct decision *decision, struct error *error);

struct command_kind {
    const char *name;    /* "close" */
    const char *summary; /* one line, for help and documents */
    decide_fn *decide;
    const char *const *events; /* the types it may append, closed by NULL; NULL: none */
};

/* The types of a command, closed by NULL, for a table of commands. */
#define COMMAND_EVENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct aggregate {
    const char *category; /* "account" */
    int state_format;     /* raised when the state's JSON changes: older snapshots are ignored */
    /* The state before the first event. */
    void *(*create)(void);
    void (*destroy)(void *state);
    /* Folds one event in. Unknown types are ignored. ERR_CORRUPT if the data cannot be folded; the
     * state is then unchanged. */
    enum err (*evolve)(void *state, const char *type, const json_t *data, struct error *error);
    /* The state as JSON, for clients and snapshots, and back. The caller owns the JSON. */
    json_t *(*to_json)(const void *state);
    enum err (*from_json)(const json_t *json, void **ret_state, struct error *error);
    /* Bytes of heap that the state holds, approximately. */
    size_t (*size)(const void *state);
    const struct command_kind *commands; /* closed by a NULL name */
};

/* The code under which an error of decide, evolve or from_json is returned: ERR_CORRUPT becomes
 * ERR_POISON, because data that an aggregate cannot fold is not damage of the log's file. */
enum err aggregate_error(enum err err, struct error *error);

/* Look-ups in a table of aggregates, closed by NULL. NULL: not found. */
const struct aggregate *aggregate_find(const struct aggregate *const *table, const char *category);
/* The aggregate whose commands may cause events of this type, in any version. */
const struct aggregate *aggregate_of_event(const struct aggregate *const *table, struct slice type);
const struct command_kind *aggregate_command(const struct aggregate *aggregate, const char *name);
