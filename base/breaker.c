#include "base/breaker.h"

bool breaker_is_open(const struct breaker *breaker)
{
    return breaker->failures >= breaker->failures_most;
}

int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms)
{
    if (!breaker_is_open(breaker) || now_ms >= breaker->open_until_ms)
        return 0;
    return breaker->open_until_ms - now_ms;
}

int breaker_allows(const struct breaker *breaker, int64_t now_ms, int most)
{
    if (!breaker_is_open(breaker))
        return most;
    return breaker_wait_ms(breaker, now_ms) > 0 ? 0 : 1;
}

bool breaker_failed(struct breaker *breaker, enum err trouble, int64_t now_ms)
{
    if (breaker->failures == 0 && now_ms - breaker->worked_ms >= breaker->stable_ms)
        backoff_reset(&breaker->backoff);
    breaker->failures++;
    if (!breaker_is_open(breaker))
        return false;
    bool is_news = breaker->failures == breaker->failures_most || breaker->trouble != trouble;
    breaker->open_until_ms = now_ms + backoff_next_ms(&breaker->backoff);
    breaker->trouble = trouble;
    return is_news;
}

bool breaker_worked(struct breaker *breaker, int64_t now_ms)
{
    bool was_open = breaker_is_open(breaker);
    breaker->failures = 0;
    breaker->worked_ms = now_ms;
    return was_open;
}
