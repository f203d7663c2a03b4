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

static void json_strings_are_escaped(void **state)
{
    (void)state;
    AUTO(text) struct text text = {0};
    text_add_json_string(&text, slice_of("a\"b\\c\n\t\x01"
                                         "é"));
    assert_string_equal(text.at, "\"a\\\"b\\\\c\\n\\t\\u0001é\"");
}

static void malformed_utf8_is_told_from_well_formed(void **state)
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
        assert_true(text_is_utf8(slice_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_utf8(slice_of(bad[i])));
}

static bool decodes(const char *from, bool plus, const char *to)
{
    AUTO(text) struct text text = {0};
    return text_percent_decode(slice_of(from), plus, &text) && strcmp(text.at, to) == 0;
}

static void percent_decoding_refuses_what_is_not_text(void **state)
{
    (void)state;
    assert_true(decodes("a%20b+c", false, "a b+c"));
    assert_true(decodes("a%20b+c", true, "a b c"));
    assert_true(decodes("%C3%A9%2f", false, "é/"));
    AUTO(text) struct text text = {0};
    static const char *const bad[] = {"%", "%2", "%zz", "%00", "%ff", "a%c3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        text_clear(&text);
        assert_false(text_percent_decode(slice_of(bad[i]), false, &text));
    }
}

static void percent_encoding_comes_back(void **state)
{
    (void)state;
    AUTO(text) struct text all = {0};
    AUTO(text) struct text encoded = {0};
    for (int c = 1; c < 128; c++)
        text_add_char(&all, (char)c);
    text_percent_encode(text_slice(&all), &encoded);
    assert_true(decodes(encoded.at, false, all.at));
}

static void integers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    int64_t number;
    assert_true(text_read_int(slice_of("9223372036854775807"), &number) && number == INT64_MAX);
    assert_true(text_read_int(slice_of("-9223372036854775808"), &number) && number == INT64_MIN);
    assert_true(text_read_int(slice_of("0"), &number) && number == 0);
    static const char *const bad[] = {
        "",   "-",   "9223372036854775808", "-9223372036854775809", "1a", " 1",
        "+1", "1.0", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_read_int(slice_of(bad[i]), &number));
}

static void hexadecimal_goes_both_ways(void **state)
{
    (void)state;
    unsigned char bytes[4] = {0, 0x7f, 0xab, 0xff}, back[4];
    AUTO(text) struct text hex = {0};
    text_add_hex(&hex, bytes, 4);
    assert_string_equal(hex.at, "007fabff");
    assert_true(text_read_hex(slice_of("007fABff"), back, 4));
    assert_memory_equal(bytes, back, 4);
    assert_false(text_read_hex(slice_of("007fabf"), back, 4));
    assert_false(text_read_hex(slice_of("007fabfg"), back, 4));
}

static void the_nearest_name_is_suggested_and_a_far_one_is_not(void **state)
{
    (void)state;
    static const char *const names[] = {"status", "total", "customer_id"};
    assert_string_equal(text_nearest(slice_of("staus"), names, 3), "status");
    assert_string_equal(text_nearest(slice_of("customerid"), names, 3), "customer_id");
    assert_string_equal(text_nearest(slice_of("STATUS"), names, 3), "status");
    assert_null(text_nearest(slice_of("xyzzyplugh"), names, 3));
    static const char *const short_names[] = {"k", "id"};
    assert_string_equal(text_nearest(slice_of("K"), short_names, 2), "k");
    assert_string_equal(text_nearest(slice_of("kk"), short_names, 2), "k");
    assert_string_equal(text_nearest(slice_of("ids"), short_names, 2), "id");
    assert_null(text_nearest(slice_of(""), short_names, 2));
    assert_null(text_nearest(slice_of("z"), short_names, 2));
    assert_null(text_nearest(slice_of("zz"), short_names, 2));
    assert_null(text_nearest(slice_of("work"), short_names, 2));
}

static void patterns_match_runs_of_characters(void **state)
{
    (void)state;
    assert_true(text_matches(slice_of("order.item.added.v1"), slice_of("order.*")));
    assert_true(text_matches(slice_of("order.item.added.v1"), slice_of("*.added.*")));
    assert_true(text_matches(slice_of(""), slice_of("*")));
    assert_false(text_matches(slice_of("payment.failed.v1"), slice_of("order.*")));
    assert_false(text_matches(slice_of("orders"), slice_of("order")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(malformed_utf8_is_told_from_well_formed),
        cmocka_unit_test(percent_decoding_refuses_what_is_not_text),
        cmocka_unit_test(percent_encoding_comes_back),
        cmocka_unit_test(integers_are_read_whole_or_not_at_all),
        cmocka_unit_test(hexadecimal_goes_both_ways),
        cmocka_unit_test(the_nearest_name_is_suggested_and_a_far_one_is_not),
        cmocka_unit_test(patterns_match_runs_of_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
