/* A circuit breaker: after a few failures in a row nothing is tried for a while, then one thing at
 * a time, until one works. */
#pragma once

#include "base/backoff.h"

#include <stdbool.h>

struct breaker {
    struct backoff backoff;
    unsigned failures; /* in a row */
    int64_t open_until_ms;
};

#define BREAKER_FIRST                                                                              \
    {                                                                                              \
        .backoff = {.first_ms = 200, .longest_ms = 10000 }                                         \
    }

/* How many may be under way now, of `most`. */
int breaker_allows(const struct breaker *breaker, int64_t now_ms, int most);
bool breaker_is_open(const struct breaker *breaker);
/* True if it opens with this failure. */
bool breaker_failed(struct breaker *breaker, int64_t now_ms);
/* True if it was open. */
bool breaker_worked(struct breaker *breaker);
