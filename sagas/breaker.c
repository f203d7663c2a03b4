#include "sagas/breaker.h"

#define FAILURES_MOST 3

bool breaker_is_open(const struct breaker *breaker)
{
    return breaker->failures >= FAILURES_MOST;
}

int breaker_allows(const struct breaker *breaker, int64_t now_ms, int most)
{
    if (!breaker_is_open(breaker))
        return most;
    return now_ms < breaker->open_until_ms ? 0 : 1;
}

bool breaker_failed(struct breaker *breaker, int64_t now_ms)
{
    breaker->failures++;
    if (breaker_is_open(breaker))
        breaker->open_until_ms = now_ms + backoff_next_ms(&breaker->backoff);
    return breaker->failures == FAILURES_MOST;
}

bool breaker_worked(struct breaker *breaker)
{
    bool was_open = breaker_is_open(breaker);
    breaker->failures = 0;
    backoff_reset(&breaker->backoff);
    return was_open;
}
