/* A thread that yields knows only when urgent work last began. The times were chosen by measurement
 * (bench/beside.py): a shorter pause has no effect, because the scheduler still favours a thread that has
 * slept so briefly. */
#include "base/pace.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

#define WORK_US   50
#define PAUSE_US  600
#define LATELY_US 20000

static _Atomic int64_t urgent_us = INT64_MIN / 2;

void pace_urgent(void)
{
    atomic_store_explicit(&urgent_us, clock_monotonic_us(), memory_order_relaxed);
}

int64_t pace_yield(void)
{
    static _Thread_local int64_t working_since_us;
    int64_t now_us = clock_monotonic_us();
    if (now_us - working_since_us < WORK_US ||
        now_us - atomic_load_explicit(&urgent_us, memory_order_relaxed) > LATELY_US)
        return 0;
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_US * 1000L}, NULL);
    working_since_us = clock_monotonic_us();
    return working_since_us - now_us;
}
