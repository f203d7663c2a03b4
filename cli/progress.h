/* Progress of long work: a bar that redraws itself on a terminal, a line every few seconds
 * elsewhere. It writes to standard error, so that --json on standard output stays clean. */
#pragma once

#include <stdint.h>

struct progress {
    const char *what; /* "rebuild order_summary" */
    const char *unit; /* "events" */
    int64_t started_ms, shown_ms, begun_at;
    int terminal; /* 1 if standard error is one */
};

/* `begun_at`: what was done before, which is not counted for the rate; or, where only the work
 * itself knows (a rebuild that is gone on with), the first position it shows. */
#define PROGRESS_BEGINS_WHERE_SHOWN (-1)
void progress_begin(struct progress *progress, const char *what, const char *unit,
                    int64_t begun_at);

/* Shows it if it is time to. `total` 0: unknown. */
void progress_show(struct progress *progress, int64_t done, int64_t total);

/* Shows the end: how many, how long, how fast. */
void progress_end(struct progress *progress, int64_t done);
