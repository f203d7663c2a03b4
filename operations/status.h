/* The status document of a data directory: one JSON object.
 *
 *   ok, problems           true and [], or false and a sentence for each problem
 *   log, head, hash        of the log; null if it cannot be read
 *   models                 each with name, position, lag, generation, parked (null: unknown), worker
 *   sagas                  null if none has run; else position, lag, phases, runner, …
 *   broker, relays, commands, schemas_rejected, not_ready      from `annal commands`
 *
 * The read models are those with files or a running worker in DATA, with or without a definition.
 * A part that cannot be read is reported as a problem; the others are still shown.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

struct status_request {
    const char *data_directory, *log_url;
    /* The domain has read models: a log with events but no DATA/read means that they were lost. */
    bool expects_models;
};

/* Reads files, and asks each role over its control socket; waits at most three seconds for each. The
 * caller owns the result. */
json_t *status_build(const struct status_request *request);

/* A connection to another process for which messages of sagas may wait: the member of the runner's status
 * and the text of the problem. */
struct status_way {
    const char *member, *trouble;
};
#define STATUS_WAYS 2
extern const struct status_way status_ways[STATUS_WAYS];

/* ---- status_problems.c, for status.c ---- */

void status_problems_add(json_t *status, const char *format, ...) PRINTF_LIKE(2, 3);

/* Judges the complete document: adds to its problems and sets "ok". */
void status_problems_judge(json_t *status, const char *data_directory);
