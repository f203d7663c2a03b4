#include "base/utf8.h"
#include "tests/support/claims.h"

static void text_grows_and_stays_terminated(void **state)
{
    (void)state;
    AUTO(text) struct text text = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&text, "abc");
    text_add_int(&text, INT64_MIN);
    text_add_int(&text, 0);
    assert_int_equal(strlen(text.at), text.length);
    assert_text_contains(text.at, "abc-92233720368547758080");
}

static void malformed_utf8_is_detected(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "é", "€", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xed\xa0\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xe2\x82",
                                      "\xff",
                                      "a\xf0\x9f\x98"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_is_valid(slice_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_is_valid(slice_of(bad[i])));
}

static void an_integer_is_read_only_from_the_whole_text(void **state)
{
    (void)state;
    int64_t number;
    assert_true(slice_read_int(slice_of("9223372036854775807"), &number) && number == INT64_MAX);
    assert_true(slice_read_int(slice_of("-9223372036854775808"), &number) && number == INT64_MIN);
    assert_true(slice_read_int(slice_of("0"), &number) && number == 0);
    static const char *const bad[] = {
        "",   "-",   "9223372036854775808", "-9223372036854775809", "1a", " 1",
        "+1", "1.0", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(slice_read_int(slice_of(bad[i]), &number));
}

static void only_a_near_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"status", "total", "member_id"};
    assert_string_equal(slice_nearest(slice_of("staus"), names, 3), "status");
    assert_string_equal(slice_nearest(slice_of("memberid"), names, 3), "member_id");
    assert_string_equal(slice_nearest(slice_of("STATUS"), names, 3), "status");
    assert_null(slice_nearest(slice_of("xyzzyplugh"), names, 3));
    static const char *const far_names[] = {"hosts", "any", "parcel.scanned.v1"};
    assert_null(slice_nearest(slice_of("port"), far_names, 3));
    assert_null(slice_nearest(slice_of("int"), far_names, 3));
    assert_null(slice_nearest(slice_of("account.opened.v1"), far_names, 3));
    static const char *const types[] = {"any", "integer"};
    assert_string_equal(slice_nearest(slice_of("int"), types, 2), "integer");
    static const char *const short_names[] = {"k", "id"};
    assert_string_equal(slice_nearest(slice_of("K"), short_names, 2), "k");
    assert_string_equal(slice_nearest(slice_of("kk"), short_names, 2), "k");
    assert_string_equal(slice_nearest(slice_of("ids"), short_names, 2), "id");
    assert_null(slice_nearest(slice_of(""), short_names, 2));
    assert_null(slice_nearest(slice_of("z"), short_names, 2));
    assert_null(slice_nearest(slice_of("zz"), short_names, 2));
    assert_null(slice_nearest(slice_of("work"), short_names, 2));
}

static void patterns_match_runs_of_characters(void **state)
{
    (void)state;
    assert_true(slice_matches(slice_of("loan.book.added.v1"), slice_of("loan.*")));
    assert_true(slice_matches(slice_of("loan.book.added.v1"), slice_of("*.added.*")));
    assert_true(slice_matches(slice_of(""), slice_of("*")));
    assert_false(slice_matches(slice_of("shelf.held.v1"), slice_of("loan.*")));
    assert_false(slice_matches(slice_of("loans"), slice_of("loan")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(malformed_utf8_is_detected),
        cmocka_unit_test(an_integer_is_read_only_from_the_whole_text),
        cmocka_unit_test(only_a_near_name_is_suggested),
        cmocka_unit_test(patterns_match_runs_of_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
