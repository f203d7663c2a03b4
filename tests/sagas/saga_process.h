/* The runner in a process of its own, forked from the test: so it can be given hooks, be killed,
 * and have a clock that is set.
 */
#pragma once

#include "sagas/saga_runner.h"

#include <sys/types.h>

/* The child begins with what the test has in memory now; `options` must stay. It dies with the
 * test. */
pid_t saga_process_start(const struct saga_runner_options *options);

/* Waits for its end: its exit status (0 or 1), or -1 if a signal ended it. Why it failed is in
 * `ret_error`, which may be NULL. */
int saga_process_join(pid_t pid, struct text *ret_error);
/* SIGTERM, and saga_process_join(). */
int saga_process_stop(pid_t pid);
void saga_process_kill(pid_t pid);
