/* A wake-up: an eventfd that one thread waits on and that others signal.
 *
 * Signals do not accumulate: the waiting thread clears the wake-up, then looks for work, so it misses no
 * work that was signalled before.
 */
#pragma once

#include "base/error.h"

/* ERR_IO if no file descriptor is left. The caller closes it with close(). */
MUST_CHECK enum err wake_open(int *ret_fd, struct error *error);

/* Wakes the thread that waits on it. Any thread, also a signal handler; -1 is ignored. */
void wake_signal(int fd);

/* On the waiting thread: clears the signals given so far. Returns at once. */
void wake_clear(int fd);
