/* Watches the wall clock, which events are recorded by: a step, and a clock that is behind the
 * log's newest event, whose time new events then have. Both are logged once, and shown by metrics.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DESK_CLOCK_BOUND_US 60000000 /* a larger step, or lag behind the log, is reported */

struct metric_series;

struct desk_clock {
    _Atomic int64_t log_time_us; /* of the newest event */
    int64_t offset_us;           /* of the wall clock to the monotonic one, as last seen */
    bool known, behind;          /* the offset is set; logged that it is behind */
    struct metric_series *steps_metric, *behind_metric;
};

/* After each batch, and once when the log was opened. The desk's thread. */
void desk_clock_look(struct desk_clock *clock, int64_t log_time_us);

/* How far the wall clock is behind the log now; 0 if it is not, or by no more than the bound. Any
 * thread. */
int64_t desk_clock_behind_us(const struct desk_clock *clock);
