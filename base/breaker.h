/* A circuit breaker: reports each kind of trouble once; backs off; reports recovery once. This is the
 * only mechanism for trouble that may last.
 *
 * Closed, it allows everything. After `failures_most` failures in a row it opens: nothing is allowed
 * until the back-off has passed, then one attempt at a time, until one succeeds. A failure
 * during the back-off is that of an attempt that began earlier: it does not lengthen the back-off. Not
 * locked.
 */
#pragma once

#include "base/backoff.h"
#include "base/error.h"

#include <stdbool.h>

struct breaker {
    struct backoff backoff;
    unsigned failures_most; /* in a row; with this one it opens */
    int64_t stable_ms;      /* a success shorter than this does not reset the back-off */
    int64_t patience_ms;    /* trouble that ends sooner is not reported */

    /* The breaker's own. */
    unsigned failures; /* in a row */
    uint64_t reported; /* a bit for each code reported since it opened */
    int64_t failing_since_ms, open_until_ms, worked_ms;
};

bool breaker_is_open(const struct breaker *breaker);

/* How many attempts may run now, of `most`. */
int breaker_allows(const struct breaker *breaker, int64_t now_ms, int most);

/* Milliseconds until the next attempt is allowed; 0 if one is. */
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms);

/* An attempt failed with `trouble`. True if the breaker is open, the trouble has lasted for `patience_ms`,
 * and this code was not reported since it opened: log it. */
bool breaker_failed(struct breaker *breaker, enum err trouble, int64_t now_ms);

/* An attempt succeeded. True if trouble was reported: log the recovery. */
bool breaker_worked(struct breaker *breaker, int64_t now_ms);
