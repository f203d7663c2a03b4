/* The runner in a child process, forked from the test, so that the test can set its hooks and its clock,
 * and kill it.
 */
#pragma once

#include "sagas/saga_runner.h"

#include <sys/types.h>

/* The child has a copy of the test's memory as of now; `options` must stay valid. It dies with the
 * test. */
pid_t saga_process_start(const struct saga_runner_options *options);

/* Waits for its end and returns its exit status (0 or 1), or -1 if a signal ended it. `ret_error`, which
 * may be NULL, receives the error. */
int saga_process_join(pid_t pid, struct text *ret_error);
/* SIGTERM, and saga_process_join(). */
int saga_process_stop(pid_t pid);
void saga_process_kill(pid_t pid);
