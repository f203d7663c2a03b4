/* A team of threads that share the items of a job: the thread that calls, and helpers that wait
 * between jobs. Each item is done by one thread, at any time after the job began; which one is not
 * defined. What an item wrote is visible to all items of later jobs, whichever thread does them.
 *
 * The helpers have the priority of the thread that creates the team.
 */
#pragma once

#include "base/cleanup.h"

#include <stddef.h>

struct team;

/* The number of processors that this process may use; at least 1. */
size_t team_processors(void);

/* `threads` counts the calling thread: a team of one has no helpers. `name` is the helpers', at most 15
 * bytes. */
struct team *team_create(const char *name, size_t threads);
void team_destroy(struct team *team);
AUTO_CLOSE(team, struct team, team_destroy)

/* Calls `work` with each number below `count`, and returns when all calls have returned. Items begin in
 * order. NULL is a team of one. One thread at a time calls this. */
typedef void team_work_fn(void *context, size_t item);
void team_run(struct team *team, size_t count, team_work_fn *work, void *context);
