/* What each operation makes of an event's data, and the files that are refused. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/catalogue/upcaster.h"

static json_t *parse(const char *text)
{
    json_t *json = NULL;
    assert_ok(json_read(slice_of(text), &json, &error));
    return json;
}

static struct upcaster *read(const char *operations)
{
    struct upcaster *upcaster = NULL;
    AUTO(text) struct text text = {0};
    text_printf(&text, "{\"to\":\"a.v2\",\"operations\":[%s]}", operations);
    assert_ok(upcaster_read(text_slice(&text), &upcaster, &error));
    return upcaster;
}

static void makes(const char *operations, const char *before, const char *after)
{
    AUTO(upcaster) struct upcaster *upcaster = read(operations);
    AUTO(json) json_t *data = parse(before);
    AUTO(text) struct text text = {0};
    assert_ok(upcaster_apply(upcaster, data, &error));
    json_write(data, &text);
    assert_string_equal(text.at, after);
}

static void fails(const char *operations, const char *before, const char *why)
{
    AUTO(upcaster) struct upcaster *upcaster = read(operations);
    AUTO(json) json_t *data = parse(before);
    struct error error = {0};
    assert_int_equal(upcaster_apply(upcaster, data, &error), ERR_POISON);
    assert_text_contains(error.text, why);
}

static void a_member_is_renamed_in_place(void **state)
{
    (void)state;
    const char *rename = "{\"rename\":\"/a\",\"to\":\"b\"}";
    makes(rename, "{\"a\":1}", "{\"b\":1}");
    makes(rename, "{\"c\":1}", "{\"c\":1}");
    makes("{\"rename\":\"/x/a~1b\",\"to\":\"b\"}", "{\"x\":{\"a/b\":null}}",
          "{\"x\":{\"b\":null}}");
    makes("{\"rename\":\"/l/*/a\",\"to\":\"b\"}", "{\"l\":[{\"a\":1},{},7,{\"a\":2}]}",
          "{\"l\":[{\"b\":1},{},7,{\"b\":2}]}");
}

static void a_value_is_moved_and_objects_are_made_for_it(void **state)
{
    (void)state;
    const char *move = "{\"move\":\"/city\",\"to\":\"/address/city\"}";
    makes(move, "{\"city\":\"Aarhus\"}", "{\"address\":{\"city\":\"Aarhus\"}}");
    makes(move, "{\"city\":\"Aarhus\",\"address\":{\"zip\":8000}}",
          "{\"address\":{\"zip\":8000,\"city\":\"Aarhus\"}}");
    makes(move, "{\"address\":{}}", "{\"address\":{}}");
    makes("{\"move\":\"/a\",\"to\":\"/a/b\"}", "{\"a\":1}", "{\"a\":{\"b\":1}}");
    makes("{\"move\":\"/a/b\",\"to\":\"/c\"}", "{\"a\":{\"b\":1}}", "{\"a\":{},\"c\":1}");
    fails(move, "{\"city\":\"Aarhus\",\"address\":\"x\"}",
          "move /city: the target is in a value that is not an object");
}

static void a_default_fills_only_missing_members(void **state)
{
    (void)state;
    const char *fill = "{\"default\":\"/c\",\"value\":\"EUR\"}";
    makes(fill, "{}", "{\"c\":\"EUR\"}");
    makes(fill, "{\"c\":null}", "{\"c\":\"EUR\"}");
    makes(fill, "{\"c\":\"DKK\"}", "{\"c\":\"DKK\"}");
    makes("{\"default\":\"/a/c\",\"value\":{\"x\":[]}}", "{}", "{}");
}

static void a_constant_replaces_and_a_drop_removes(void **state)
{
    (void)state;
    makes("{\"constant\":\"/c\",\"value\":7}", "{\"c\":1}", "{\"c\":7}");
    makes("{\"drop\":\"/c\"},{\"drop\":\"/d\"}", "{\"c\":1,\"e\":2}", "{\"e\":2}");
}

static void numbers_become_texts_and_texts_numbers(void **state)
{
    (void)state;
    const char *number = "{\"convert\":\"/n\",\"to\":\"number\"}";
    const char *integer = "{\"convert\":\"/n\",\"to\":\"integer\"}";
    const char *text = "{\"convert\":\"/n\",\"to\":\"text\"}";
    makes(number, "{\"n\":\"19.99\"}", "{\"n\":19.99}");
    makes(number, "{\"n\":7}", "{\"n\":7}");
    makes(integer, "{\"n\":\"7\"}", "{\"n\":7}");
    makes(integer, "{\"n\":3.0}", "{\"n\":3}");
    makes(integer, "{\"n\":null}", "{\"n\":null}");
    makes(text, "{\"n\":19.99}", "{\"n\":\"19.99\"}");
    makes(text, "{\"n\":\"x\"}", "{\"n\":\"x\"}");
    static const char *const wrong[] = {"\"x\"", "\"\"",  "\"7.5\"", "7.5",     "true",
                                        "[]",    "1e300", "\"[]\"",  "\"9e99\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(text) struct text data = {0};
        text_printf(&data, "{\"n\":%s}", wrong[i]);
        fails(integer, data.at, "upcast to a.v2: convert /n: the value cannot be converted");
    }
    fails(text, "{\"n\":true}", "cannot be converted");
}

static void operations_run_in_order(void **state)
{
    (void)state;
    makes("{\"rename\":\"/a\",\"to\":\"b\"},{\"convert\":\"/b\",\"to\":\"text\"},"
          "{\"move\":\"/b\",\"to\":\"/c/d\"}",
          "{\"a\":1}", "{\"c\":{\"d\":\"1\"}}");
}

static void data_that_is_not_an_object_is_rejected(void **state)
{
    (void)state;
    fails("", "[1]", "the data is not an object");
}

static void a_value_set_twice_is_not_shared(void **state)
{
    (void)state;
    makes("{\"constant\":\"/a\",\"value\":{}},{\"constant\":\"/a/b\",\"value\":1}", "{}",
          "{\"a\":{\"b\":1}}");
    AUTO(upcaster)
    struct upcaster *upcaster = read("{\"default\":\"/a\",\"value\":{}},"
                                     "{\"default\":\"/a/n\",\"value\":1}");
    for (int i = 0; i < 2; i++) {
        AUTO(json) json_t *data = parse("{}");
        assert_ok(upcaster_apply(upcaster, data, &error));
        json_object_set_new(json_object_get(data, "a"), "n", json_integer(i + 5));
        assert_int_equal(json_int_or(json_object_get(data, "a"), "n", 0), i + 5);
    }
}

static void a_wrong_file_is_rejected_with_the_operation(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"[]", "an upcaster must be an object"},
        {"{", "line 1"},
        {"{\"operations\":[]}", "\"to\" must be an event type"},
        {"{\"to\":\"a.v2\"}", "\"operations\" must be an array"},
        {"{\"to\":\"a.v2\",\"operations\":[],\"form\":1}", "unknown member \"form\""},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":\"/a\"},{\"add\":\"/a\"}]}",
         "operations/1: an operation must be rename, move"},
        {"{\"to\":\"a.v2\",\"operations\":[7]}", "operations/0: an operation must be"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":\"a\"}]}", "a path must be a JSON Pointer"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":\"/\"}]}", "a path must be a JSON Pointer"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":7}]}", "a path must be a JSON Pointer"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":\"/a/*\"}]}", "end with the name"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"drop\":\"/a\",\"to\":\"b\"}]}", "nothing else"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"rename\":\"/a\"}]}", "takes a path and \"to\""},
        {"{\"to\":\"a.v2\",\"operations\":[{\"rename\":\"/a\",\"to\":\"/b\"}]}", "without a slash"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"move\":\"/a/*/b\",\"to\":\"/c\"}]}", "no *"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"convert\":\"/a\",\"to\":\"date\"}]}",
         "number, integer or text"},
        {"{\"to\":\"a.v2\",\"operations\":[{\"default\":\"/a\",\"to\":1}]}",
         "takes a path and \"value\""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct upcaster *upcaster = NULL;
        struct error error = {0};
        assert_int_equal(upcaster_read(slice_of(wrong[i][0]), &upcaster, &error), ERR_DEFINITION);
        assert_text_contains(error.text, wrong[i][1]);
        assert_null(upcaster);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(a_member_is_renamed_in_place),
        cmocka_unit_test(a_value_is_moved_and_objects_are_made_for_it),
        cmocka_unit_test(a_default_fills_only_missing_members),
        cmocka_unit_test(a_constant_replaces_and_a_drop_removes),
        cmocka_unit_test(numbers_become_texts_and_texts_numbers),
        cmocka_unit_test(operations_run_in_order),
        cmocka_unit_test(data_that_is_not_an_object_is_rejected),
        cmocka_unit_test(a_value_set_twice_is_not_shared),
        cmocka_unit_test(a_wrong_file_is_rejected_with_the_operation),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
