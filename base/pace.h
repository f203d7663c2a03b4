/* Makes long work yield to urgent work within one process.
 *
 * A lower priority is not enough: the scheduler lets a running thread finish its slice of some
 * milliseconds before a thread that was woken gets the core. So a thread with long work calls
 * pace_give_way() every few microseconds, and sleeps more than it works while urgent work is about.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* The calling thread begins urgent work, such as a read of one row. Costs next to nothing. */
void pace_urgent(void);

/* For threads with long work, every few microseconds. Sleeps briefly if urgent work began recently and this
 * thread has worked for a while; returns the microseconds that took, mostly 0. */
int64_t pace_give_way(void);
