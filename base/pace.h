/* Makes long work yield to urgent work within one process.
 *
 * A lower priority is not enough: the scheduler lets a running thread finish its slice of some
 * milliseconds before a thread that was woken gets the core. So a thread with long work calls
 * pace_yield() every few microseconds, and sleeps more than it works while urgent work goes on.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* The calling thread begins urgent work, such as a read of one row. Costs some nanoseconds. */
void pace_urgent(void);

/* For threads with long work, every few microseconds. Sleeps briefly if urgent work began recently and this
 * thread has worked for a while. Returns the microseconds slept, mostly 0. */
int64_t pace_yield(void);
