/* A wake-up: an eventfd that one thread waits on and that others signal.
 *
 * Signals do not add up: the waiting thread clears the wake-up, then looks at what there is to do,
 * so nothing signalled before is missed.
 */
#pragma once

#include "base/error.h"

/* ERR_IO if no file descriptor is left. The caller closes it with close(). */
MUST_CHECK enum err wake_open(int *ret_fd, struct error *error);

/* Wakes the thread that waits on it. Any thread, also a signal handler; -1 is ignored. */
void wake_signal(int fd);

/* The waiting thread's: takes the signals given so far. Returns at once. */
void wake_clear(int fd);
