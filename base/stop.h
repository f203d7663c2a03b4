/* The request to stop, made by SIGTERM or SIGINT, seen by every thread. A second signal while
 * stopping ends the process at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Once, before threads begin: installs the handlers and ignores SIGPIPE. */
void stop_on_signals(void);

/* From any thread, and from tests. */
void stop_request(void);
bool stop_is_requested(void);

/* Becomes readable when a stop is requested and stays so; for poll(2). */
int stop_fd(void);

/* Waits until a stop is requested or the time is over; true if requested. */
bool stop_wait_ms(int64_t ms);
