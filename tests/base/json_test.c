/* Raw JSON strings are read out of their quotes, with or without escapes. */
#include "tests/support/claims.h"

#include "base/json.h"

static void reads(const char *raw, const char *expected)
{
    AUTO(text) struct text text = {0};
    if (!json_read_string(slice_of(raw), &text))
        fail_msg("not read: %s", raw);
    assert_true(slice_is(text_slice(&text), expected));
}

static void raw_string_is_unescaped(void **state)
{
    (void)state;
    reads("\"plain\"", "plain");
    reads("\"\"", "");
    reads("\"a\\\"b\\\\c\\n\"", "a\"b\\c\n");
    reads("\"\\u00e9\\ud83d\\ude00\"", "\xc3\xa9\xf0\x9f\x98\x80");
}

static void raw_value_that_is_no_string_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",        "1",  "true",    "null",
                                 "[\"a\"]", "\"", "\"\\x\"", "\"\\u0000\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(text) struct text text = {0};
        if (json_read_string(slice_of(wrong[i]), &text))
            fail_msg("read: %s", wrong[i]);
        assert_int_equal(text.length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(raw_string_is_unescaped),
        cmocka_unit_test(raw_value_that_is_no_string_is_refused),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
