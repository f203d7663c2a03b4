/* The real program as child processes: started with a data directory, identified by their ready lines,
 * stopped or killed by pid. What a child writes to standard error is kept in DATA/test.log
 * and shown when something fails. The program is annal, or the one that ANNAL_PROGRAM names.
 */
#pragma once

#include "tests/support/claims.h"

#include <jansson.h>
#include <sys/types.h>

struct annal_process {
    pid_t pid;
    const char *role; /* the first word it was started with */
    int output;       /* its standard output */
    char ready[512];  /* the rest of its line `ready ROLE …` */
};

/* Starts `annal WORDS…` (closed by NULL) with --data, waits for its ready line. It inherits the ANNAL_*
 * variables of the test. */
void annal_start(struct annal_process *process, const char *data, const char *const *words);

/* The same, but does not wait. */
void annal_spawn(struct annal_process *process, const char *data, const char *const *words);
void annal_wait_ready(struct annal_process *process, int seconds);

/* "127.0.0.1:4711" from the ready line: after `name`= (for up), or all of it (NULL). Valid until
 * the process is started again. */
const char *annal_address(struct annal_process *process, const char *name);

/* Sends SIGTERM; returns the exit status, which must come within `seconds`. */
int annal_stop(struct annal_process *process, int seconds);
/* Sends SIGKILL and waits for the end. */
void annal_kill(struct annal_process *process);
/* Waits until it ends by itself; returns the exit status. */
int annal_join(struct annal_process *process, int seconds);
bool annal_is_running(struct annal_process *process);

/* Runs a task to its end: its exit status, what it wrote to standard output and error. `out` and
 * `errors` may be NULL. */
int annal_run(const char *data, const char *const *words, struct text *out, struct text *errors);

/* The same, which must exit with 0 (`status` also with 1); its output as JSON, which the caller
 * owns. */
json_t *annal_run_json(const char *data, const char *const *words);

/* The same for a task that prints any number of JSON objects, one per line: returns an array. The second
 * reads such output. */
json_t *annal_run_json_lines(const char *data, const char *const *words);
json_t *annal_read_json_lines(const struct text *out);

/* Runs `annal status --json` until every read model is at the log's head. */
void annal_wait_caught_up(const char *data, int seconds);

/* Every read model equals a rebuild, and the log's chain is whole. */
void annal_check_everything(const char *data);
