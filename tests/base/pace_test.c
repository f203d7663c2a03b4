#include "base/pace.h"

#include "base/clock.h"
#include "tests/support/claims.h"

/* As a worker does it: a moment's work, then the question. */
static int64_t work_and_give_way(void)
{
    int64_t end_us = clock_monotonic_us() + 200;
    while (clock_monotonic_us() < end_us)
        ;
    return pace_give_way();
}

static void without_urgent_work_nobody_pauses(void **state)
{
    (void)state;
    assert_int_equal(work_and_give_way(), 0);
}

static void beside_urgent_work_a_worker_pauses_between_moments_of_work(void **state)
{
    (void)state;
    pace_urgent();
    assert_true(work_and_give_way() > 0);
    pace_urgent();
    assert_true(work_and_give_way() > 0);
}

static bool paused(void)
{
    return work_and_give_way() > 0;
}

static void when_urgent_work_is_over_the_worker_goes_on(void **state)
{
    (void)state;
    pace_urgent();
    wait_until(10, !paused());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_urgent_work_nobody_pauses),
        cmocka_unit_test(beside_urgent_work_a_worker_pauses_between_moments_of_work),
        cmocka_unit_test(when_urgent_work_is_over_the_worker_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
