/* SIGHUP as the request to read files again. It is blocked in every thread and read from a
 * descriptor, so that it interrupts no system call anywhere. A process that loses the terminal it
 * was started on is stopped by it, as ever; one under nohup is not.
 */
#pragma once

#include <stdbool.h>

/* Once, before threads begin. Processes that are started later begin with it blocked, so that none
 * is ended by it before it has got so far itself. */
void hangup_begin(void);

/* Readable while there is something to take; for poll(2). */
int hangup_fd(void);

/* True if there was a SIGHUP since the last time. Never waits. One thread's. */
bool hangup_take(void);
