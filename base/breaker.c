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

static bool is_news(struct breaker *breaker, enum err trouble, int64_t now_ms)
{
    _Static_assert(ERR_INTERNAL < 64, "a bit for each code");
    uint64_t bit = 1ULL << trouble, before = breaker->reported;
    if (now_ms - breaker->failing_since_ms < breaker->patience_ms)
        return false;
    breaker->reported |= bit;
    return !(before & bit);
}

bool breaker_failed(struct breaker *breaker, enum err trouble, int64_t now_ms)
{
    if (breaker_wait_ms(breaker, now_ms) > 0)
        return is_news(breaker, trouble, now_ms);
    if (breaker->failures == 0)
        breaker->failing_since_ms = now_ms;
    if (breaker->failures == 0 && now_ms - breaker->worked_ms >= breaker->stable_ms)
        backoff_reset(&breaker->backoff);
    breaker->failures++;
    if (!breaker_is_open(breaker))
        return false;
    breaker->open_until_ms = now_ms + backoff_next_ms(&breaker->backoff);
    return is_news(breaker, trouble, now_ms);
}

bool breaker_worked(struct breaker *breaker, int64_t now_ms)
{
    bool was_reported = breaker->reported != 0;
    breaker->failures = 0;
    breaker->reported = 0;
    breaker->worked_ms = now_ms;
    return was_reported;
}
