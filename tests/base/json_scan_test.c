#include "tests/support/claims.h"

#include "base/json_scan.h"

static void members_are_returned_as_they_are_written(void **state)
{
    (void)state;
    struct slice text = slice_of(" { \"a\" : [1,{\"x\":\"}\"}] ,\"b\":\"q\\\"}\", \"c\":-1.5e3 } ");
    struct json_scan scan = json_scan_begin(text);
    struct slice name, value;
    assert_true(json_scan_next(&scan, &name, &value));
    assert_true(slice_is(name, "a") && slice_is(value, "[1,{\"x\":\"}\"}]"));
    assert_true(json_scan_next(&scan, &name, &value));
    assert_true(slice_is(name, "b") && slice_is(value, "\"q\\\"}\""));
    assert_true(json_scan_next(&scan, &name, &value));
    assert_true(slice_is(name, "c") && slice_is(value, "-1.5e3"));
    assert_false(json_scan_next(&scan, &name, &value));
    assert_false(scan.failed);
}

static void elements_of_arrays_have_no_name(void **state)
{
    (void)state;
    struct json_scan scan = json_scan_begin(slice_of("[{},[],null]"));
    struct slice name, value;
    size_t count = 0;
    while (json_scan_next(&scan, &name, &value))
        count += name.length == 0;
    assert_int_equal(count, 3);
    assert_false(scan.failed);
}

static void a_member_is_found_by_name(void **state)
{
    (void)state;
    struct slice object = slice_of("{\"id\":\"x\",\"n\":5}");
    assert_true(slice_is(json_scan_plain_string(json_scan_member(object, "id")), "x"));
    assert_true(slice_is(json_scan_member(object, "n"), "5"));
    assert_int_equal(json_scan_member(object, "none").length, 0);
    assert_int_equal(json_scan_plain_string(slice_of("\"a\\nb\"")).length, 0);
}

static void no_prefix_of_a_text_is_read_beyond_its_end(void **state)
{
    (void)state;
    const char *whole = "{\"a\":[1,{\"x\":\"}\"}],\"b\":\"q\\\"}\",\"c\":true}";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *cut = malloc(length ? length : 1); /* so that a sanitizer notices a read beyond it */
        memcpy(cut, whole, length);
        struct json_scan scan = json_scan_begin((struct slice){cut, length});
        struct slice name, value;
        while (json_scan_next(&scan, &name, &value))
            assert_true(value.at + value.length <= cut + length);
        assert_true(scan.failed);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_returned_as_they_are_written),
        cmocka_unit_test(elements_of_arrays_have_no_name),
        cmocka_unit_test(a_member_is_found_by_name),
        cmocka_unit_test(no_prefix_of_a_text_is_read_beyond_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
