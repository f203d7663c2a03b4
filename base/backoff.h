/* Waiting between tries: exponential, with full jitter (each wait is random between 0 and a bound
 * that doubles from `first_ms` to `longest_ms`). */
#pragma once

#include <stdint.h>

struct backoff {
    int64_t first_ms, longest_ms;
    unsigned tries; /* failed since the last success */
};

/* How long to wait before the next try, in milliseconds. */
int64_t backoff_next_ms(struct backoff *backoff);

/* It worked: the next failure begins at `first_ms` again. */
void backoff_reset(struct backoff *backoff);
