/* Which changes inside a version are reported. */
#include "tests/support/claims.h"

#include "base/file.h"
#include "schema/catalogue/catalogue_compare.h"

#include <sys/stat.h>

static const char *directory;

static int make_directory(void **state)
{
    static const char *const folders[] = {"old", "old/events", "new", "new/events"};
    (void)state;
    directory = test_directory_make();
    for (size_t i = 0; i < 4; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", directory, folders[i]);
        mkdir(path.at, 0700);
    }
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

static void put(const char *side, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s/events/a.v1.json", directory, side);
    test_file_write(path.at, content);
}

static void note(void *context, const struct schema_change *change)
{
    struct text *told = context;
    assert_string_equal(change->name, "a.v1");
    text_printf(told, "%s%s: %s", told->length ? "\n" : "", change->pointer, change->rule);
}

static void open_side(const char *side, struct catalogue **ret)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, side);
    assert_ok(catalogue_open_alone(path.at, ret, &error));
}

static void compare(const char *older, const char *newer, const char *expected)
{
    AUTO(catalogue) struct catalogue *before = NULL, *after = NULL;
    AUTO(text) struct text told = {0};
    text_add(&told, "");
    put("old", older);
    put("new", newer);
    open_side("old", &before);
    open_side("new", &after);
    size_t count = catalogue_compare(before, after, note, &told);
    assert_string_equal(told.at, expected);
    assert_int_equal(count == 0, told.length == 0);
}

#define X(members) "\"$defs\":{\"x\":{" members "}}"
#define TREE(type)                                                                                 \
    "{\"properties\":{\"root\":{\"$ref\":\"#/$defs/tree\"}},\"$defs\":{\"tree\":{\"properties\":{" \
    "\"value\":{\"type\":\"" type "\"},\"left\":{\"$ref\":\"#/$defs/tree\"},"                      \
    "\"right\":{\"$ref\":\"#/$defs/tree\"}}}}}"
#define PROPERTIES(text) "{\"properties\":" text "}"

static void compatible_changes_are_not_reported(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {PROPERTIES("{\"a\":{}}"), PROPERTIES("{\"a\":{},\"b\":{\"type\":\"string\"}}")},
        {"{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"a\"]}"},
        {"{\"type\":\"integer\"}", "{\"type\":\"number\"}"},
        {"{\"type\":\"string\"}", "{\"type\":[\"null\",\"string\"]}"},
        {"{\"type\":\"string\"}", "{}"},
        {"{\"enum\":[1,2]}", "{\"enum\":[1,2,3]}"},
        {"{\"const\":1}", "{\"enum\":[1,2]}"},
        {"{\"enum\":[1]}", "{}"},
        {"{\"minimum\":2,\"maxLength\":3}", "{\"minimum\":1,\"maxLength\":4}"},
        {"{\"minimum\":2,\"pattern\":\"a\",\"uniqueItems\":true}", "{\"uniqueItems\":false}"},
        {"{\"title\":\"x\",\"examples\":[1]}", "{\"title\":\"y\",\"description\":\"z\"}"},
        {"{\"additionalProperties\":false}", "{\"additionalProperties\":{\"type\":\"string\"}}"},
        {"{\"anyOf\":[{\"type\":\"string\"}]}", "{\"anyOf\":[{\"type\":\"string\"}]}"},
        {"{\"items\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"type\":\"string\"}}}",
         "{\"items\":{\"type\":\"string\"}}"},
        {"{\"$defs\":{\"x\":{\"items\":{\"$ref\":\"#/$defs/x\"}}},\"items\":{\"$ref\":\"#/$defs/"
         "x\"}}",
         "{\"$defs\":{\"x\":{\"items\":{\"$ref\":\"#/$defs/x\"}}},\"items\":{\"$ref\":\"#/$defs/"
         "x\"}}"},
        {"false", "true"},
        {TREE("string"), TREE("string")}, /* each branch leads into the whole twice */
        {"{\"not\":{\"$ref\":\"#/$defs/x\"}," X("\"type\":\"null\"") "}",
         "{\"not\":{\"$ref\":\"#/$defs/x\"}," X("\"type\":\"null\"") "}"},
        {"{\"items\":{\"$ref\":\"#/$defs/x\",\"title\":\"t\"}," X("\"type\":\"null\"") "}",
         "{\"items\":{\"type\":\"null\"}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        compare(rows[i][0], rows[i][1], "");
}

static void incompatible_changes_name_field_and_rule(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {PROPERTIES("{\"a\":{},\"b/c\":{}}"), PROPERTIES("{\"a\":{}}"),
         "/b~1c: the field is removed"},
        {"{\"required\":[\"a\"]}", "{\"required\":[\"b\",\"a\"]}",
         "/b: the field is newly required"},
        {"{\"type\":\"number\"}", "{\"type\":\"integer\"}", ": the type is narrowed"},
        {"{\"type\":[\"null\",\"string\"]}", "{\"type\":\"string\"}", ": the type is narrowed"},
        {"{}", "{\"type\":\"object\"}", ": the type is narrowed"},
        {PROPERTIES("{\"s\":{\"enum\":[\"a\",\"b\"]}}"), PROPERTIES("{\"s\":{\"enum\":[\"a\"]}}"),
         "/s: the enum is narrowed: it no longer has \"b\""},
        {"{}", "{\"const\":1}", ": the values are narrowed to an enum"},
        {"{\"minimum\":1}", "{\"minimum\":2}", ": minimum is narrowed"},
        {"{\"maximum\":2}", "{\"maximum\":1}", ": maximum is narrowed"},
        {"{}", "{\"maxLength\":1}", ": maxLength is new"},
        {"{\"pattern\":\"a\"}", "{\"pattern\":\"b\"}", ": pattern is different"},
        {"{}", "{\"format\":\"date\"}", ": format is new"},
        {"{}", "{\"uniqueItems\":true}", ": uniqueItems is new"},
        {"{}", "{\"additionalProperties\":false}", ": additionalProperties is new"},
        {"{\"additionalProperties\":true}", "{\"additionalProperties\":false}",
         "/*: no value is allowed any longer"},
        {"{\"items\":{\"properties\":{\"q\":{\"type\":\"number\"}}}}",
         "{\"items\":{\"properties\":{\"q\":{\"type\":\"string\"}}}}",
         "/*/q: the type is narrowed"},
        {"{\"oneOf\":[true]}", "{\"oneOf\":[false]}",
         ": oneOf is different, and the effect is unknown"},
        {"{\"items\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"minimum\":1}}}",
         "{\"items\":{\"$ref\":\"#/$defs/x\"},\"$defs\":{\"x\":{\"minimum\":2}}}",
         "/*: minimum is narrowed"},
        {"true", "false", ": no value is allowed any longer"},
        {TREE("string"), TREE("null"), "/root/value: the type is narrowed"},
        {"{\"items\":{\"$ref\":\"#/$defs/x\",\"description\":\"d\"}," X("\"minimum\":1") "}",
         "{\"items\":{\"$ref\":\"#/$defs/x\",\"description\":\"d\"}," X("\"minimum\":2") "}",
         "/*: minimum is narrowed"},
        {"{\"items\":{\"$ref\":\"#/$defs/x\",\"maximum\":9}," X("\"minimum\":1") "}",
         "{\"items\":{\"$ref\":\"#/$defs/x\",\"maximum\":9}," X("\"minimum\":2") "}",
         "/*: minimum is narrowed"},
        {"{\"items\":{\"$ref\":\"#a\"}," X("\"$anchor\":\"a\"") "}",
         "{\"items\":{\"$ref\":\"#a\"}," X("\"$anchor\":\"a\",\"maxLength\":2") "}",
         "/*: maxLength is new"},
        {"{\"allOf\":[{\"$ref\":\"#/$defs/x\"}]," X("\"minimum\":1") "}",
         "{\"allOf\":[{\"$ref\":\"#/$defs/x\"}]," X("\"minimum\":2") "}",
         ": allOf is different, and the effect is unknown"},
        {"{\"additionalProperties\":{\"type\":\"string\"}}",
         "{\"additionalProperties\":{\"type\":\"string\"},\"properties\":{\"b\":{\"type\":\"null\"}"
         "}}",
         "/b: the type is narrowed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        compare(rows[i][0], rows[i][1], rows[i][2]);
}

static void a_removed_type_is_reported(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *before = NULL, *after = NULL;
    AUTO(text) struct text told = {0}, path = {0};
    put("old", "true");
    text_printf(&path, "%s/new/events/a.v1.json", directory);
    remove(path.at);
    open_side("old", &before);
    open_side("new", &after);
    assert_int_equal(catalogue_compare(before, after, note, &told), 1);
    assert_string_equal(told.at, ": it is removed");
    assert_int_equal(catalogue_compare(after, before, note, &told), 0);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

/* 60 definitions, each of which refers to the next from three places: 3^60 ways to the last. */
static void a_schema_that_is_referred_to_often_is_compared_once(void **state)
{
    (void)state;
    AUTO(text) struct text older = {0};
    text_add(&older, "{\"$ref\":\"#/$defs/0\",\"$defs\":{");
    for (int i = 0; i < 60; i++)
        text_printf(&older,
                    "\"%d\":{\"properties\":{\"a\":{\"$ref\":\"#/$defs/%d\"},"
                    "\"b\":{\"$ref\":\"#/$defs/%d\"}},\"contains\":{\"anyOf\":["
                    "{\"$ref\":\"#/$defs/%d\"},{\"items\":{\"$ref\":\"#/$defs/%d\"}}]}},",
                    i, i + 1, i + 1, i + 1, i + 1);
    text_add(&older, "\"60\":{\"type\":\"integer\"}}}");
    compare(older.at, older.at, "");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(compatible_changes_are_not_reported),
        CLAIM(incompatible_changes_name_field_and_rule),
        CLAIM(a_removed_type_is_reported),
        CLAIM(a_schema_that_is_referred_to_often_is_compared_once),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
