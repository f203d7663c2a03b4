/* JSON is written compactly, and the same tree gives the same bytes; raw strings are unescaped. */
#include "tests/support/claims.h"

#include "base/json.h"

static void reads(const char *raw, const char *expected)
{
    AUTO(text) struct text text = {0};
    if (!json_read_string(slice_of(raw), &text))
        fail_msg("not read: %s", raw);
    assert_true(slice_is(text_slice(&text), expected));
}

static void a_raw_string_is_unescaped(void **state)
{
    (void)state;
    reads("\"plain\"", "plain");
    reads("\"\"", "");
    reads("\"a\\\"b\\\\c\\n\"", "a\"b\\c\n");
    reads("\"\\u00e9\\ud83d\\ude00\"", "\xc3\xa9\xf0\x9f\x98\x80");
}

static void a_raw_value_that_is_not_a_string_is_rejected(void **state)
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

static void text_that_is_not_json_is_rejected_with_its_position(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *why;
    } wrong[] = {
        {"{\"a\":\n 1,,}", "line 2, column 4", "near ','"},
        {"{\"a\":\"\\u0000\"}", "line 1", "must not have \\u0000 (NUL)"},
        {"{\"a\\u0000\":1}", "line 1", "must not have \\u0000 (NUL)"},
        {"{\"a\":1,\"a\":2}", "line 1", "duplicate"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *json = NULL;
        struct error error = {0};
        assert_int_equal(json_read(slice_of(wrong[i].text), &json, &error), ERR_INVALID_JSON);
        assert_text_contains(error.text, wrong[i].place);
        assert_text_contains(error.text, wrong[i].why);
    }
}

static void writes(const char *from, const char *expected)
{
    AUTO(json) json_t *json = NULL, *again = NULL;
    AUTO(text) struct text text = {0};
    assert_ok(json_read(slice_of(from), &json, &error));
    json_write(json, &text);
    assert_string_equal(text.at, expected);
    assert_ok(json_read(text_slice(&text), &again, &error));
    assert_true(json_equal(json, again));
}

static void a_value_is_written_compactly_and_reads_back(void **state)
{
    (void)state;
    writes(" { \"b\" : [ 1 , true, false,null ] , \"a\\u0001\" : { } , \"c\":[]}",
           "{\"b\":[1,true,false,null],\"a\\u0001\":{},\"c\":[]}");
    writes("\"a\\\"\\\\\\/\\b\\u00e9\"", "\"a\\\"\\\\/\\u0008é\"");
    writes("-9223372036854775808", "-9223372036854775808");
}

static void a_real_is_written_in_its_shortest_form(void **state)
{
    (void)state;
    writes("[19.99,0.1,2.50,1.0,-0.0,100000.0]", "[19.99,0.1,2.5,1.0,-0.0,100000.0]");
    writes("[1e300,5e-324,1e22]", "[1e+300,4.94065645841247e-324,1e+22]");
    writes("[0.1234567890123456,0.30000000000000004,9007199254740993.0]",
           "[0.1234567890123456,0.30000000000000004,9007199254740992.0]");
}

static void an_integer_may_be_written_as_a_real(void **state)
{
    (void)state;
    AUTO(json)
    json_t *object = json_loads("{\"a\":1.0,\"b\":1e3,\"c\":-0.0,\"d\":7,\"e\":1.5,\"f\":1e300,"
                                "\"g\":\"1\",\"h\":null}",
                                0, NULL);
    assert_int_equal(json_int_or(object, "a", -1), 1);
    assert_int_equal(json_int_or(object, "b", -1), 1000);
    assert_int_equal(json_int_or(object, "c", -1), 0);
    assert_int_equal(json_int_or(object, "d", -1), 7);
    const char *const none[] = {"e", "f", "g", "h", "i"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(json_int_or(object, none[i], -1), -1);
}

static void json_string_is_compares_strings_alone(void **state)
{
    (void)state;
    AUTO(json) json_t *json = NULL;
    assert_ok(json_read(slice_of("{\"a\":\"x\",\"n\":1,\"z\":null}"), &json, &error));
    assert_true(json_string_is(json, "a", "x"));
    assert_false(json_string_is(json, "a", "y"));
    assert_false(json_string_is(json, "n", "1"));
    assert_false(json_string_is(json, "z", ""));
    assert_false(json_string_is(json, "b", ""));
    assert_false(json_string_is(NULL, "a", "x"));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(a_value_is_written_compactly_and_reads_back),
        cmocka_unit_test(a_real_is_written_in_its_shortest_form),
        cmocka_unit_test(a_raw_string_is_unescaped),
        cmocka_unit_test(a_raw_value_that_is_not_a_string_is_rejected),
        cmocka_unit_test(text_that_is_not_json_is_rejected_with_its_position),
        cmocka_unit_test(an_integer_may_be_written_as_a_real),
        cmocka_unit_test(json_string_is_compares_strings_alone),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
