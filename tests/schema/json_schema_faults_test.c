/* The text of a fault: where the value is, and what the schema requires. */
#include "base/utf8.h"
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/json_schema/json_schema.h"

static json_t *parse(const char *text)
{
    json_t *json = NULL;
    assert_ok(json_read(slice_of(text), &json, &error));
    return json;
}

/* All faults as "pointer: detail" lines. */
static void list_faults(const char *schema_text, const char *instance_text, struct text *out)
{
    AUTO(json) json_t *document = parse(schema_text);
    AUTO(json) json_t *instance = parse(instance_text);
    AUTO(json_schema) struct json_schema *schema = NULL;
    AUTO(schema_faults) struct schema_faults faults = {0};
    assert_ok(json_schema_compile(document, &schema, &error));
    assert_false(json_schema_validate(schema, instance, &faults));
    for (size_t i = 0; i < faults.count; i++) {
        assert_true(utf8_is_valid(slice_of(faults.fault[i].detail)));
        text_printf(out, "%s%s: %s", i ? "\n" : "", faults.fault[i].pointer,
                    faults.fault[i].detail);
    }
}

static void tells(const char *schema, const char *instance, const char *expected)
{
    AUTO(text) struct text told = {0};
    list_faults(schema, instance, &told);
    assert_string_equal(told.at, expected);
}

static void each_keyword_names_its_limit(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"{\"type\":\"integer\"}", "\"x\"", ": must be an integer, not a string"},
        {"{\"type\":\"integer\"}", "1.5", ": must be an integer, not a number"},
        {"{\"type\":[\"null\",\"string\"]}", "1", ": must be a string or null, not an integer"},
        {"{\"enum\":[\"a\",1.10,null]}", "2", ": must be one of \"a\", 1.1, null"},
        {"{\"const\":\"v1\"}", "2", ": must be \"v1\""},
        {"{\"minimum\":1}", "0", ": must be at least 1"},
        {"{\"maximum\":0.1}", "7", ": must be at most 0.1"},
        {"{\"exclusiveMinimum\":0}", "0", ": must be more than 0"},
        {"{\"exclusiveMaximum\":9}", "9", ": must be less than 9"},
        {"{\"multipleOf\":0.01}", "0.001", ": must be a multiple of 0.01"},
        {"{\"minLength\":1}", "\"\"", ": must have at least 1 character, not 0"},
        {"{\"maxLength\":2}", "\"äöü\"", ": must have at most 2 characters, not 3"},
        {"{\"pattern\":\"^[A-Z]{3}$\"}", "\"eur\"", ": must match the pattern ^[A-Z]{3}$"},
        {"{\"format\":\"date\"}", "\"x\"", ": must be a date like 2026-11-23"},
        {"{\"minItems\":2}", "[1]", ": must have at least 2 items, not 1"},
        {"{\"maxItems\":1}", "[1,2]", ": must have at most 1 item, not 2"},
        {"{\"uniqueItems\":true}", "[1,2,1]",
         ": must not have duplicate items: those at 0 and 2 are equal"},
        {"{\"minProperties\":1}", "{}", ": must have at least 1 field, not 0"},
        {"{\"required\":[\"id\"]}", "{}", ": the field \"id\" is missing"},
        {"{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a: is not allowed here"},
        {"{\"not\":{\"type\":\"null\"}}", "null",
         ": must not be valid against the schema in \"not\""},
        {"{\"anyOf\":[{\"minimum\":5},{\"const\":1}]}", "2",
         ": matches none of the 2 alternatives (anyOf)"},
        {"{\"oneOf\":[{\"minimum\":5},{\"minimum\":6}]}", "7",
         ": matches 2 of 2 alternatives; it must match exactly one (oneOf)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        tells(rows[i][0], rows[i][1], rows[i][2]);
}

static void unknown_field_is_named_with_the_nearest(void **state)
{
    (void)state;
    tells("{\"properties\":{\"memberId\":true,\"branch\":true},\"additionalProperties\":false}",
          "{\"membrId\":1,\"branch\":1,\"zzzzzzzzzzzzzzz\":2}",
          "/membrId: unknown field \"membrId\"; did you mean \"memberId\"?\n"
          "/zzzzzzzzzzzzzzz: unknown field \"zzzzzzzzzzzzzzz\"");
}

static void faults_point_into_the_instance(void **state)
{
    (void)state;
    tells("{\"properties\":{\"items\":{\"items\":{\"required\":[\"id\"],\"properties\":"
          "{\"a/b~c\":{\"type\":\"null\"}}}}}}",
          "{\"items\":[{\"id\":1},{\"a/b~c\":2},{}]}",
          "/items/1: the field \"id\" is missing\n"
          "/items/1/a~1b~0c: must be null, not an integer\n"
          "/items/2: the field \"id\" is missing");
}

static void faults_of_the_only_alternative_are_reported(void **state)
{
    (void)state;
    tells("{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/o\"}],"
          "\"$defs\":{\"o\":{\"type\":\"object\",\"required\":[\"a\"]}}}",
          "{}", ": the field \"a\" is missing");
    tells("{\"anyOf\":[{\"$ref\":\"#/$defs/n\"},{\"required\":[\"a\"]}],"
          "\"$defs\":{\"n\":{\"type\":\"null\"}}}",
          "{}", ": the field \"a\" is missing");
    tells("{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"minLength\":1}]}", "\"\"",
          ": must have at least 1 character, not 0");
}

static void value_of_the_wrong_type_has_one_fault(void **state)
{
    (void)state;
    tells("{\"type\":\"string\",\"enum\":[\"a\"],\"const\":\"a\"}", "1",
          ": must be a string, not an integer");
}

static void faults_are_at_most_twenty(void **state)
{
    (void)state;
    AUTO(json) json_t *document = parse("{\"items\":{\"type\":\"string\"}}");
    AUTO(json_schema) struct json_schema *schema = NULL;
    assert_ok(json_schema_compile(document, &schema, &error));
    AUTO(json) json_t *instance = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(instance, json_integer(i));
    AUTO(schema_faults) struct schema_faults faults = {0};
    assert_false(json_schema_validate(schema, instance, &faults));
    assert_int_equal(faults.count, SCHEMA_FAULTS_MOST);
    assert_string_equal(faults.fault[19].pointer, "/19");
}

/* A name of a megabyte must not come back twenty times. */
static void faults_stay_short_with_long_names(void **state)
{
    (void)state;
    AUTO(text) struct text name = {0}, instance = {0}, told = {0};
    for (int i = 0; i < 20000; i++)
        text_add(&name, "é");
    text_printf(&instance, "{\"a\":{\"%s\":{\"x\":1,\"y\":2}}}", name.at);
    list_faults("{\"additionalProperties\":{\"additionalProperties\":{\"maxProperties\":1}}}",
                instance.at, &told);
    assert_string_equal(told.at, "/a: must have at most 1 field, not 2");
    text_clear(&told);
    list_faults("{\"additionalProperties\":{\"additionalProperties\":false}}", instance.at, &told);
    assert_true(told.length < 200);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(each_keyword_names_its_limit),
        cmocka_unit_test(unknown_field_is_named_with_the_nearest),
        cmocka_unit_test(faults_point_into_the_instance),
        cmocka_unit_test(faults_of_the_only_alternative_are_reported),
        cmocka_unit_test(value_of_the_wrong_type_has_one_fault),
        cmocka_unit_test(faults_are_at_most_twenty),
        cmocka_unit_test(faults_stay_short_with_long_names),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
