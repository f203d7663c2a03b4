#include "base/json_text.h"

#include "tests/support/claims.h"

static void commas_stand_between_members_and_elements_alone(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    json_text_begin(&out, NULL, '{');
    json_text_begin(&out, "none", '[');
    text_add(&out, "]");
    json_text_begin(&out, "some", '[');
    json_text_int(&out, NULL, -1);
    json_text_string(&out, NULL, slice_of("[{:"));
    json_text_begin(&out, NULL, '{');
    text_add(&out, "}");
    json_text_next(&out);
    text_add(&out, "null]");
    json_text_bool(&out, "yes", true);
    json_text_name(&out, "raw");
    text_add(&out, "{}}");
    assert_string_equal(out.at,
                        "{\"none\":[],\"some\":[-1,\"[{:\",{},null],\"yes\":true,\"raw\":{}}");
}

static void lines_have_no_commas_between_them(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    for (int i = 0; i < 2; i++) {
        json_text_begin(&out, NULL, '{');
        json_text_int(&out, "i", i);
        text_add(&out, "}\n");
    }
    assert_string_equal(out.at, "{\"i\":0}\n{\"i\":1}\n");
}

static void every_writer_of_strings_escapes_them(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    json_text_begin(&out, NULL, '[');
    json_text_string(&out, NULL, slice_of("a\"b"));
    json_text_format(&out, NULL, "%s\\%d", "c\"", 7);
    json_text_format(&out, NULL, "%s", "");
    json_text_plain(&out, NULL, "/streams/", slice_of("a~1"));
    text_add(&out, "]");
    assert_string_equal(out.at, "[\"a\\\"b\",\"c\\\"\\\\7\",\"\",\"/streams/a~1\"]");
}

static void json_strings_are_escaped(void **state)
{
    (void)state;
    AUTO(text) struct text text = {0};
    json_text_quote(&text, slice_of("a\"b\\c\n\t\x01"
                                    "é"));
    assert_string_equal(text.at, "\"a\\\"b\\\\c\\n\\t\\u0001é\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_members_and_elements_alone),
        cmocka_unit_test(lines_have_no_commas_between_them),
        cmocka_unit_test(every_writer_of_strings_escapes_them),
        cmocka_unit_test(json_strings_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
