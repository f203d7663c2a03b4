/* The status document: whether all is well with a data directory, as one JSON object.
 *
 *   ok, problems           true and [], or false and a sentence for each problem
 *   log, head, hash        of the log; null if it cannot be read
 *   models                 each with name, position, lag, generation, parked (null: unknown), worker
 *   sagas                  null where none has run; else position, lag, phases, runner, …
 *   broker, relays, commands, schemas_refused, not_ready      what `annal commands` answers
 *
 * Read models are those with files or a running worker in DATA, whatever definitions the program has.
 * What could not be looked at is a problem and hides nothing else.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

struct status_request {
    const char *data_directory, *log_url;
    bool
        expects_models; /* the domain has read models: with events but without DATA/read, they are lost */
};

/* Reads files, and asks each role over its control socket: at most three seconds for each that does
 * not answer. The caller's. */
json_t *status_build(const struct status_request *request);

/* A way on which what a saga sends may wait: the member of the runner's status, and the problem. */
struct status_way {
    const char *member, *trouble;
};
#define STATUS_WAYS 2
extern const struct status_way status_ways[STATUS_WAYS];

/* ---- status_problems.c, for status.c ---- */

void status_problems_add(json_t *status, const char *format, ...) PRINTF_LIKE(2, 3);

/* Judges the complete document: adds to its problems and sets "ok". */
void status_problems_judge(json_t *status, const char *data_directory);
