/* SIGHUP as the request to read files again. It is blocked in every thread and read from a
 * descriptor, so that it interrupts no system call anywhere. A process that loses its terminal
 * stops, as usual; a process under nohup does not.
 */
#pragma once

#include <stdbool.h>

/* Once, before threads begin. Child processes start with SIGHUP blocked, so that an early
 * SIGHUP does not end a child that has not called this function yet. */
void hangup_begin(void);

/* Readable after a SIGHUP that has not been taken; for poll(2). */
int hangup_fd(void);

/* True if a SIGHUP has arrived since the last call. Never waits. For one thread. */
bool hangup_take(void);
