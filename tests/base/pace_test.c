#include "base/pace.h"

#include "base/clock.h"
#include "tests/support/claims.h"

/* Works for a moment, then yields, as a worker does. */
static int64_t work_and_yield(void)
{
    int64_t end_us = clock_monotonic_us() + 200;
    while (clock_monotonic_us() < end_us)
        ;
    return pace_yield();
}

static void a_thread_does_not_pause_without_urgent_work(void **state)
{
    (void)state;
    assert_int_equal(work_and_yield(), 0);
}

static void a_thread_pauses_between_short_periods_of_work_beside_urgent_work(void **state)
{
    (void)state;
    pace_urgent();
    assert_true(work_and_yield() > 0);
    pace_urgent();
    assert_true(work_and_yield() > 0);
}

static bool paused(void)
{
    return work_and_yield() > 0;
}

static void a_thread_stops_pausing_when_urgent_work_is_over(void **state)
{
    (void)state;
    pace_urgent();
    wait_until(10, !paused());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_does_not_pause_without_urgent_work),
        cmocka_unit_test(a_thread_pauses_between_short_periods_of_work_beside_urgent_work),
        cmocka_unit_test(a_thread_stops_pausing_when_urgent_work_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
