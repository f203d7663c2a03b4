#include "tests/support/claims.h"

#include "base/breaker.h"

/* So slow that a random back-off is never 0. */
static struct breaker slow_breaker(unsigned failures_most)
{
    return (struct breaker){.backoff = {.first_ms = 1LL << 40, .longest_ms = 1LL << 44},
                            .failures_most = failures_most};
}

static void a_breaker_opens_after_failures_in_a_row_and_closes_with_a_success(void **state)
{
    (void)state;
    struct breaker breaker = slow_breaker(3);
    assert_int_equal(breaker_allows(&breaker, 0, 64), 64);
    assert_false(breaker_failed(&breaker, ERR_IO, 1000));
    assert_false(breaker_failed(&breaker, ERR_IO, 1000));
    assert_true(breaker_failed(&breaker, ERR_IO, 1000));
    assert_true(breaker_is_open(&breaker));
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms - 1, 64), 0);
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms, 64), 1);
    assert_true(breaker_worked(&breaker, 2000));
    assert_int_equal(breaker_allows(&breaker, 1000, 64), 64);
}

/* As when a server fails while many requests are in flight. */
static void attempts_that_fail_during_the_backoff_do_not_lengthen_it(void **state)
{
    (void)state;
    struct breaker breaker = slow_breaker(1);
    assert_true(breaker_failed(&breaker, ERR_UNREACHABLE, 1000));
    int64_t until_ms = breaker.open_until_ms;
    for (int i = 0; i < 300; i++)
        assert_false(breaker_failed(&breaker, ERR_UNREACHABLE, until_ms - 1));
    assert_int_equal(breaker.open_until_ms, until_ms);
    assert_int_equal(breaker.backoff.tries, 1);
    assert_int_equal(breaker_allows(&breaker, until_ms, 64), 1);
    assert_false(breaker_failed(&breaker, ERR_UNREACHABLE, until_ms));
    assert_true(breaker.open_until_ms > until_ms);
    assert_int_equal(breaker.backoff.tries, 2);
}

static void each_code_is_reported_once_until_the_breaker_closes(void **state)
{
    (void)state;
    struct breaker breaker = slow_breaker(1);
    assert_true(breaker_failed(&breaker, ERR_IO, 1000));
    assert_true(breaker_failed(&breaker, ERR_UNREACHABLE, breaker.open_until_ms - 1));
    for (int i = 0; i < 5; i++) {
        assert_false(breaker_failed(&breaker, ERR_IO, breaker.open_until_ms));
        assert_false(breaker_failed(&breaker, ERR_UNREACHABLE, breaker.open_until_ms));
    }
    assert_true(breaker_failed(&breaker, ERR_INTERNAL, breaker.open_until_ms));
    assert_true(breaker_worked(&breaker, breaker.open_until_ms));
    assert_true(breaker_failed(&breaker, ERR_IO, breaker.open_until_ms));
}

static void trouble_that_ends_soon_is_not_reported(void **state)
{
    (void)state;
    struct breaker breaker = slow_breaker(1);
    breaker.patience_ms = 100;
    assert_false(breaker_failed(&breaker, ERR_BUSY, 1000));
    assert_false(breaker_failed(&breaker, ERR_BUSY, 1099));
    assert_true(breaker_is_open(&breaker));
    assert_false(breaker_worked(&breaker, 1099));
    assert_false(breaker_failed(&breaker, ERR_BUSY, 2000));
    assert_true(breaker_failed(&breaker, ERR_BUSY, 2100));
    assert_false(breaker_failed(&breaker, ERR_BUSY, 3000));
    assert_true(breaker_worked(&breaker, 3000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breaker_opens_after_failures_in_a_row_and_closes_with_a_success),
        cmocka_unit_test(attempts_that_fail_during_the_backoff_do_not_lengthen_it),
        cmocka_unit_test(each_code_is_reported_once_until_the_breaker_closes),
        cmocka_unit_test(trouble_that_ends_soon_is_not_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
