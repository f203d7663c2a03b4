/* Lets work that may take long give way to work that must not wait, within one process.
 *
 * A lower priority does not do it: the scheduler lets a running thread finish its slice, some
 * milliseconds, before one that has been woken gets the core. So who works long asks here every few
 * microseconds, and while there is urgent work about sleeps more than it works.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* The calling thread does something for which somebody waits. Costs next to nothing. */
void pace_urgent(void);

/* For threads whose work may take long, every few microseconds of it. Sleeps for a moment if there
 * was urgent work lately and this thread has worked for a moment; returns how many microseconds
 * that took, mostly 0. */
int64_t pace_give_way(void);
