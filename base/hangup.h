/* SIGHUP as the request to read files again. It is blocked in every thread and read from a
 * descriptor, so that it interrupts no system call anywhere. A process that loses the terminal it
 * was started on is stopped by it, as usual; a process under nohup is not.
 */
#pragma once

#include <stdbool.h>

/* Once, before threads begin. Child processes start with SIGHUP blocked, so that it does not end one
 * before the child has called this function itself. */
void hangup_begin(void);

/* Readable after a SIGHUP that has not been taken; for poll(2). */
int hangup_fd(void);

/* True if a SIGHUP has arrived since the last call. Never waits. For one thread. */
bool hangup_take(void);
