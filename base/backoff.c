#include "base/backoff.h"

#include "base/random.h"

int64_t backoff_next_ms(struct backoff *backoff)
{
    unsigned doublings = backoff->tries < 32 ? backoff->tries : 32;
    int64_t bound = backoff->first_ms << doublings;
    if (bound > backoff->longest_ms || bound <= 0)
        bound = backoff->longest_ms;
    backoff->tries++;
    uint32_t random;
    random_fill(&random, sizeof random);
    return (int64_t)((uint64_t)random * (uint64_t)bound >> 32);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->tries = 0;
}
