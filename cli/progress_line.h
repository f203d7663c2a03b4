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

/* `begun_at`: the count before the start, which the rate excludes; or this constant if only the
 * work knows it (a continued rebuild): the first position shown. */
#define PROGRESS_LINE_BEGINS_WHERE_SHOWN (-1)
void progress_line_begin(struct progress_line *progress, const char *what, const char *unit,
                         int64_t begun_at);

/* Shows the progress if the last display is old enough. `total` 0: unknown. */
void progress_line_show(struct progress_line *progress, int64_t done, int64_t total);

/* Shows the total, the duration and the rate. */
void progress_line_end(struct progress_line *progress, int64_t done);
