/* Progress of long work: a bar that redraws itself on a terminal, a line every few seconds
 * elsewhere. It writes to standard error, so that --json on standard output stays clean. */
#pragma once

#include <stdint.h>

struct progress_line {
    const char *what; /* "rebuild accounts" */
    const char *unit; /* "events" */
    int64_t started_ms, shown_ms, begun_at;
    int terminal; /* 1 if standard error is one */
};

/* `begun_at`: what was done before, which is not counted for the rate; or, where only the work
 * itself knows (a rebuild that is gone on with), the first position it shows. */
#define PROGRESS_LINE_BEGINS_WHERE_SHOWN (-1)
void progress_line_begin(struct progress_line *progress, const char *what, const char *unit,
                         int64_t begun_at);

/* Shows it if it is time to. `total` 0: unknown. */
void progress_line_show(struct progress_line *progress, int64_t done, int64_t total);

/* Shows the end: how many, how long, how fast. */
void progress_line_end(struct progress_line *progress, int64_t done);
