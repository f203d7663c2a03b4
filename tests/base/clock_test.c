/* Times are read strictly and written in one form. */
#include "tests/support/claims.h"

#include "base/clock.h"

static void reads(const char *text, const char *expected)
{
    int64_t us;
    char out[CLOCK_TEXT_BYTES];
    if (!clock_parse(slice_of(text), &us))
        fail_msg("not read: %s", text);
    clock_format(us, out);
    assert_string_equal(out, expected);
}

static void a_time_is_read_with_any_offset_and_fraction(void **state)
{
    (void)state;
    reads("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000Z");
    reads("2026-11-23t10:00:00.5z", "2026-11-23T10:00:00.500000Z");
    reads("2026-11-23T10:00:00.1234567Z", "2026-11-23T10:00:00.123456Z");
    reads("2026-11-23T10:00:00+02:30", "2026-11-23T07:30:00.000000Z");
    reads("2024-02-29T23:59:59-00:01", "2024-03-01T00:00:59.000000Z");
    reads("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z");
}

static void a_time_of_another_form_is_rejected(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-11-23 10:00:00Z",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T10:00:00+0200",
        "2026-11-23T10:00:00Z ",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T10:00:60Z",
        "2026\r11-23T10:00:00Z",
        "2026-11-23T10\x1a"
        "00:00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t us;
        if (clock_parse(slice_of(wrong[i]), &us))
            fail_msg("read: %s", wrong[i]);
    }
}

static void a_clock_that_was_moved_continues_from_there(void **state)
{
    (void)state;
    int64_t before_us = clock_now_us(), monotonic_us = clock_monotonic_us();
    clock_step_for_test(3600000000);
    assert_true(clock_now_us() >= before_us + 3600000000);
    assert_true(clock_monotonic_us() < monotonic_us + 3600000000);
    clock_step_for_test(-3600000000);
    assert_true(clock_now_us() >= before_us && clock_now_us() < before_us + 3600000000);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(a_clock_that_was_moved_continues_from_there),
        cmocka_unit_test(a_time_is_read_with_any_offset_and_fraction),
        cmocka_unit_test(a_time_of_another_form_is_rejected),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
