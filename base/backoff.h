/* The time to wait between attempts: exponential, with full jitter (each wait is random between 0 and a bound
 * that doubles from `first_ms` to `longest_ms`). */
#pragma once

#include <stdint.h>

struct backoff {
    int64_t first_ms, longest_ms;
    unsigned tries; /* failed attempts since the last success */
};

/* Milliseconds to wait before the next attempt. */
int64_t backoff_next_ms(struct backoff *backoff);

/* After a success: the next failure starts at `first_ms` again. */
void backoff_reset(struct backoff *backoff);
