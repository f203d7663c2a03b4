/* Every keyword with values that fit and values that do not, draft 2020-12. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/json_schema/json_schema.h"

#include <pthread.h>
#include <stdio.h>

struct row {
    const char *schema;
    const char *fits[12], *differs[12]; /* closed by NULL */
};

static json_t *parse(const char *text)
{
    json_t *json = NULL;
    assert_ok(json_read(slice_of(text), &json, &error));
    return json;
}

static struct json_schema *compile(const char *text)
{
    AUTO(json) json_t *document = parse(text);
    struct json_schema *schema = NULL;
    assert_ok(json_schema_compile(document, &schema, &error));
    return schema;
}

/* Asked quietly and for faults, the answer must be the same. */
static bool fits(const struct json_schema *schema, const char *text)
{
    AUTO(json) json_t *instance = parse(text);
    AUTO(schema_faults) struct schema_faults faults = {0};
    bool answer = json_schema_validate(schema, instance, NULL);
    assert_int_equal(json_schema_validate(schema, instance, &faults), answer);
    assert_int_equal(faults.count == 0, answer);
    return answer;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(json_schema) struct json_schema *schema = compile(rows[i].schema);
        for (size_t j = 0; rows[i].fits[j]; j++)
            if (!fits(schema, rows[i].fits[j]))
                fail_msg("%s refuses %s", rows[i].schema, rows[i].fits[j]);
        for (size_t j = 0; rows[i].differs[j]; j++)
            if (fits(schema, rows[i].differs[j]))
                fail_msg("%s accepts %s", rows[i].schema, rows[i].differs[j]);
    }
}

#define CHECK_ROWS(...)                                                                            \
    do {                                                                                           \
        static const struct row rows_[] = {__VA_ARGS__};                                           \
        check_rows(rows_, sizeof rows_ / sizeof *rows_);                                           \
    } while (0)

static void boolean_schema_takes_all_or_nothing(void **state)
{
    (void)state;
    CHECK_ROWS({"true", {"1", "{}", "null"}, {0}}, {"{}", {"1", "{}", "null"}, {0}},
               {"false", {0}, {"1", "{}", "null"}});
}

static void type_distinguishes_types(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"type\":\"null\"}", {"null"}, {"0", "\"\"", "false", "[]", "{}"}},
               {"{\"type\":\"boolean\"}", {"true", "false"}, {"0", "null", "\"true\""}},
               {"{\"type\":\"integer\"}",
                {"0", "-7", "1.0", "1e3", "-0.0", "9223372036854775807", "1e300"},
                {"1.5", "\"1\"", "null", "1e-3"}},
               {"{\"type\":\"number\"}", {"0", "1.5", "1e300"}, {"\"1\"", "null", "true"}},
               {"{\"type\":\"string\"}", {"\"\"", "\"x\""}, {"1", "null", "[]"}},
               {"{\"type\":\"array\"}", {"[]", "[1]"}, {"{}", "null", "\"\""}},
               {"{\"type\":\"object\"}", {"{}", "{\"a\":1}"}, {"[]", "null"}},
               {"{\"type\":[\"string\",\"null\"]}", {"\"x\"", "null"}, {"1", "{}", "false"}},
               {"{\"type\":[\"integer\"]}", {"1", "1.0"}, {"1.5"}});
}

static void enum_and_const_compare_by_value(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"enum\":[1,\"a\",null,[1,{\"b\":2}]]}",
         {"1", "1.0", "\"a\"", "null", "[1,{\"b\":2}]", "[1.0,{\"b\":2.0}]"},
         {"2", "\"b\"", "true", "[{\"b\":2},1]", "[1]", "[1,{\"b\":2,\"c\":3}]", "[1,{\"c\":2}]"}},
        {"{\"enum\":[0,false]}", {"0", "-0.0", "false"}, {"true", "null", "\"\""}},
        {"{\"const\":{\"a\":1,\"b\":[true]}}",
         {"{\"a\":1,\"b\":[true]}", "{\"b\":[true],\"a\":1.0}"},
         {"{\"a\":1}", "{\"a\":1,\"b\":[1]}", "null"}},
        {"{\"const\":null}", {"null"}, {"0", "false", "\"\""}},
        {"{\"const\":9007199254740993}", {"9007199254740993"}, {"9007199254740992.0"}});
}

static void numbers_have_limits(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"minimum\":1}", {"1", "1.0", "2", "\"x\"", "null"}, {"0", "0.999", "-5"}},
        {"{\"maximum\":1.5}", {"1.5", "1", "-3"}, {"1.51", "2"}},
        {"{\"exclusiveMinimum\":0}", {"0.001", "1"}, {"0", "0.0", "-0.0", "-1"}},
        {"{\"exclusiveMaximum\":10}", {"9.999", "9"}, {"10", "10.0", "11"}},
        {"{\"minimum\":-1,\"maximum\":1}", {"-1", "0", "1"}, {"-2", "2"}},
        {"{\"maximum\":9223372036854775806}", {"9223372036854775806"}, {"9223372036854775807"}},
        {"{\"exclusiveMinimum\":9007199254740992.0}", {"9007199254740993"}, {"9007199254740992"}});
}

static void multiple_of_is_exact_in_decimal(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"multipleOf\":2}", {"0", "4", "-6", "4.0", "1e300", "\"x\""}, {"1", "7", "2.5"}},
               {"{\"multipleOf\":0.01}",
                {"19.99", "0.07", "1.1", "4.35", "-19.99", "0", "1000000.01", "3", "0.29", "1e22"},
                {"0.001", "19.995", "1e-5", "0.015"}},
               {"{\"multipleOf\":0.0001}", {"0.0075", "12"}, {"0.00751"}},
               {"{\"multipleOf\":1.5}", {"0", "4.5", "3", "-1.5"}, {"3.5", "1"}},
               {"{\"multipleOf\":1e-8}", {"12391239123", "0.00000001"}, {"1e-9"}},
               {"{\"multipleOf\":9007199254740993}", {"9007199254740993"}, {"9007199254740992"}},
               {"{\"multipleOf\":1e300}", {"1e300", "0", "2e300", "1e301"}, {"1", "5e299"}},
               {"{\"multipleOf\":3}", {"-9223372036854775806", "1.2e1"}, {"-9223372036854775808"}});
}

static void lengths_count_characters(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"minLength\":2}", {"\"ab\"", "\"äö\"", "\"😀😀\"", "7"}, {"\"\"", "\"ä\"", "\"😀\""}},
        {"{\"maxLength\":2}", {"\"\"", "\"ab\"", "\"😀😀\"", "[1,2,3]"}, {"\"abc\"", "\"äöü\""}},
        {"{\"minLength\":1.0,\"maxLength\":1}", {"\"x\""}, {"\"\"", "\"xy\""}});
}

static void pattern_matches_anywhere_in_the_text(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"pattern\":\"b+\"}", {"\"abbc\"", "\"b\"", "7", "null"}, {"\"\"", "\"ac\""}},
               {"{\"pattern\":\"^[A-Z]{3}$\"}", {"\"EUR\""}, {"\"eur\"", "\"EURO\"", "\"EUR\\n\""}},
               {"{\"pattern\":\"^.$\"}", {"\"ä\"", "\"😀\"", "\"x\""}, {"\"\"", "\"xy\""}},
               {"{\"pattern\":\"^\\\\d$\"}", {"\"7\""}, {"\"x\"", "\"٣\""}},
               {"{\"pattern\":\"^\\\\u00e4$\"}", {"\"ä\""}, {"\"a\""}});
}

static void format_is_asserted(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"format\":\"date-time\"}",
                {"\"2026-11-23T10:00:00Z\"", "\"2026-11-23T10:00:00.25+01:00\"", "7", "null"},
                {"\"2026-11-23\"", "\"2026-02-29T10:00:00Z\"", "\"\""}},
               {"{\"format\":\"date\"}", {"\"2024-02-29\""}, {"\"2023-02-29\"", "\"24-01-01\""}},
               {"{\"format\":\"uuid\"}",
                {"\"123e4567-e89b-12d3-a456-426614174000\""},
                {"\"123e4567e89b12d3a456426614174000\""}},
               {"{\"format\":\"email\"}", {"\"a@example.org\""}, {"\"example.org\""}},
               {"{\"format\":\"uri\"}", {"\"https://example.org/\""}, {"\"/relative\""}});
}

static void arrays_are_checked_by_index(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"items\":{\"type\":\"integer\"}}", {"[]", "[1,2]", "{}", "\"x\""}, {"[1,\"2\"]"}},
        {"{\"items\":false}", {"[]"}, {"[1]"}},
        {"{\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}",
         {"[]", "[1]", "[1,\"a\"]", "[1,\"a\",null]"},
         {"[\"a\"]", "[1,2]"}},
        {"{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"string\"}}",
         {"[]", "[1]", "[1,\"a\",\"b\"]"},
         {"[\"a\"]", "[1,2]", "[1,\"a\",2]"}},
        {"{\"prefixItems\":[true],\"items\":false}", {"[]", "[1]"}, {"[1,2]"}},
        {"{\"minItems\":1,\"maxItems\":2}", {"[1]", "[1,2]", "\"\"", "{}"}, {"[]", "[1,2,3]"}});
}

static void unique_items_compare_by_value(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"uniqueItems\":true}",
                {"[]", "[1]", "[1,\"1\",true,[1],{\"a\":1}]", "[0,false,null,\"\"]",
                 "[{\"a\":1,\"b\":2},{\"a\":2,\"b\":1}]", "[[1],[[1]]]", "{}"},
                {"[1,1]", "[1,1.0]", "[\"a\",2,\"a\"]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1.0}]",
                 "[[1,[2]],[1,[2]]]", "[null,null]", "[0,-0.0]"}},
               {"{\"uniqueItems\":false}", {"[1,1]"}, {0}});
}

/* Long arrays go another way, by hashes. */
static void unique_items_find_a_repeat_in_a_long_array(void **state)
{
    (void)state;
    AUTO(json_schema) struct json_schema *schema = compile("{\"uniqueItems\":true}");
    AUTO(text) struct text text = {0};
    text_add(&text, "[{\"b\":[1,2.0],\"a\":\"x\"}");
    for (int i = 0; i < 5000; i++)
        text_printf(&text, ",%d,\"%d\",[%d],{\"a\":%d}", i, i, i, i);
    size_t unique = text.length;
    text_add(&text, "]");
    assert_true(fits(schema, text.at));
    static const char *const repeats[] = {"0",   "4999.0",    "\"77\"",
                                          "[3]", "{\"a\":9}", "{\"a\":\"x\",\"b\":[1.0,2]}"};
    for (size_t i = 0; i < sizeof repeats / sizeof *repeats; i++) {
        text.length = unique;
        text_printf(&text, ",%s]", repeats[i]);
        if (fits(schema, text.at))
            fail_msg("not found again: %s", repeats[i]);
    }
}

static void members_are_checked_by_name(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":false,\"c/d~\":{\"type\":\"null\"}}}",
         {"{}", "{\"a\":1}", "{\"x\":\"y\"}", "[]", "{\"c/d~\":null}"},
         {"{\"a\":\"1\"}", "{\"b\":1}", "{\"c/d~\":1}"}},
        {"{\"required\":[\"a\",\"b\"]}", {"{\"a\":null,\"b\":1}", "[]", "7"}, {"{}", "{\"a\":1}"}},
        {"{\"required\":[]}", {"{}"}, {0}},
        {"{\"additionalProperties\":false}", {"{}", "[1]"}, {"{\"a\":1}"}},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":{\"type\":\"integer\"}}",
         {"{\"a\":\"x\",\"b\":1}"},
         {"{\"b\":\"x\"}"}},
        {"{\"patternProperties\":{\"^n_\":{\"type\":\"integer\"},\"x$\":{\"minimum\":5}}}",
         {"{}", "{\"n_a\":1}", "{\"other\":\"y\"}", "{\"n_x\":5}"},
         {"{\"n_a\":\"1\"}", "{\"n_x\":4}", "{\"x\":4}"}},
        {"{\"properties\":{\"a\":true},\"patternProperties\":{\"^n_\":true},"
         "\"additionalProperties\":false}",
         {"{\"a\":1,\"n_b\":2}"},
         {"{\"a\":1,\"b\":2}"}},
        {"{\"properties\":{\"n_a\":{\"maximum\":9}},\"patternProperties\":{\"^n_\":{\"minimum\":5}}"
         "}",
         {"{\"n_a\":7}"},
         {"{\"n_a\":4}", "{\"n_a\":10}"}},
        {"{\"minProperties\":1,\"maxProperties\":2}",
         {"{\"a\":1}", "{\"a\":1,\"b\":2}", "[]"},
         {"{}", "{\"a\":1,\"b\":2,\"c\":3}"}});
}

static void schemas_combine(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"allOf\":[{\"minimum\":1},{\"maximum\":3}]}", {"1", "3"}, {"0", "4"}},
               {"{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", {"\"x\"", "5"}, {"4"}},
               {"{\"oneOf\":[{\"multipleOf\":2},{\"multipleOf\":3}]}", {"2", "3"}, {"1", "6"}},
               {"{\"not\":{\"type\":\"null\"}}", {"1", "\"\""}, {"null"}},
               {"{\"not\":{\"not\":{\"type\":\"null\"}}}", {"null"}, {"1"}},
               {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\",\"required\":[\"a\"]}]}",
                {"null", "{\"a\":1}"},
                {"{}", "1"}});
}

static void condition_chooses_the_schema(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},\"else\":{\"minimum\":0}}",
         {"10", "20", "0", "9"},
         {"11", "-1"}},
        {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1}}", {"\"x\"", "7"}, {"\"\""}},
        {"{\"if\":{\"type\":\"string\"},\"else\":false}", {"\"x\""}, {"7"}},
        {"{\"if\":false}", {"1"}, {0}}, {"{\"then\":false,\"else\":false}", {"1"}, {0}});
}

static void reference_points_into_the_document(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"$ref\":\"#/$defs/id\",\"$defs\":{\"id\":{\"type\":\"string\"}},\"minLength\":2}",
         {"\"ab\""},
         {"1", "\"a\""}},
        {"{\"properties\":{\"child\":{\"$ref\":\"#\"},\"n\":{\"type\":\"integer\"}},"
         "\"additionalProperties\":false}",
         {"{\"child\":{\"child\":{\"n\":1}}}"},
         {"{\"child\":{\"child\":{\"n\":\"1\"}}}", "{\"child\":{\"x\":1}}"}},
        {"{\"items\":{\"$ref\":\"#/$defs/a~1b%20c~0\"},\"$defs\":{\"a/b c~\":{\"type\":\"null\"}}}",
         {"[null]"},
         {"[1]"}},
        {"{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"$ref\":\"#/properties/a\"}}}",
         {"{\"b\":1}"},
         {"{\"b\":null}"}},
        {"{\"prefixItems\":[{\"type\":\"integer\"},{\"$ref\":\"#/prefixItems/0\"}]}",
         {"[1,2]"},
         {"[1,\"2\"]"}},
        {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":false}}",
         {0},
         {"1"}},
        {"{\"$ref\":\"#/$defs/list\",\"$defs\":{\"list\":{\"type\":[\"object\",\"null\"],"
         "\"properties\":{\"next\":{\"$ref\":\"#/$defs/list\"}}}}}",
         {"null", "{\"next\":{\"next\":null}}"},
         {"{\"next\":{\"next\":1}}"}});
}

/* Schemas are found again by where they lie in memory, which is in no order here. */
static void reference_is_found_among_many(void **state)
{
    (void)state;
    json_t *definitions[64];
    for (size_t i = 0; i < 64; i++)
        definitions[i] = json_pack("{s:i}", "const", (int)i);
    AUTO(json) json_t *document = json_pack("{s:{}, s:{}}", "$defs", "properties");
    for (size_t i = 0; i < 64; i++) {
        size_t mixed = i * 37 % 64;
        char name[24];
        snprintf(name, sizeof name, "%zu", mixed);
        json_object_set_new(json_object_get(document, "$defs"), name, definitions[mixed]);
        json_object_set_new(json_object_get(document, "properties"), name,
                            json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name)));
    }
    AUTO(json_schema) struct json_schema *schema = NULL;
    assert_ok(json_schema_compile(document, &schema, &error));
    assert_true(fits(schema, "{\"0\":0,\"17\":17,\"63\":63}"));
    assert_false(fits(schema, "{\"17\":16}"));
}

static void names_of_members_have_a_separate_schema(void **state)
{
    (void)state;
    CHECK_ROWS(
        {"{\"propertyNames\":{\"enum\":[\"a\",\"b\",7]}}", {"{}", "{\"a\":1}", "7"}, {"{\"c\":1}"}},
        {"{\"propertyNames\":{\"const\":\"a\"}}", {"{\"a\":1}"}, {"{\"b\":1}"}},
        {"{\"propertyNames\":{\"type\":\"integer\"}}", {"{}"}, {"{\"1\":1}"}},
        {"{\"propertyNames\":{\"oneOf\":[{\"maxLength\":3},{\"minLength\":3}]}}",
         {"{\"a\":1,\"abcd\":1}"},
         {"{\"abc\":1}"}},
        {"{\"propertyNames\":{\"allOf\":[{\"minLength\":2}],\"not\":{\"format\":\"date\"}}}",
         {"{\"ab\":1}"},
         {"{\"a\":1}", "{\"2026-11-23\":1}"}},
        {"{\"propertyNames\":{\"if\":{\"pattern\":\"^x\"},\"then\":{\"$ref\":\"#/$defs/s\"},"
         "\"else\":false},\"$defs\":{\"s\":{\"maxLength\":2}}}",
         {"{\"xy\":1}"},
         {"{\"xyz\":1}", "{\"a\":1}"}});
}

static void annotations_assert_nothing(void **state)
{
    (void)state;
    CHECK_ROWS({"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"urn:x\","
                "\"$comment\":\"c\",\"title\":\"t\",\"description\":\"d\",\"examples\":[1],"
                "\"default\":1,\"deprecated\":true}",
                {"1", "null", "{}"},
                {0}});
}

/* Some 2^22 steps: few enough to be waited for, too many to be taken. */
static void pattern_that_takes_too_long_is_a_fault(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"pattern\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaa!\""},
        {"{\"patternProperties\":{\"^(a+)+$\":true}}", "{\"aaaaaaaaaaaaaaaaaaaaaa!\":1}"},
    };
    for (size_t i = 0; i < 2; i++) {
        AUTO(json_schema) struct json_schema *schema = compile(rows[i][0]);
        AUTO(json) json_t *instance = parse(rows[i][1]);
        AUTO(schema_faults) struct schema_faults faults = {0};
        assert_false(json_schema_validate(schema, instance, &faults));
        assert_int_equal(faults.count, 1);
        assert_text_contains(faults.fault[0].detail, "takes too long to compare");
        assert_false(json_schema_validate(schema, instance, NULL));
    }
}

struct shared {
    const struct json_schema *schema;
    const json_t *good, *bad;
    int wrong_answers;
};

static void *validate_often(void *argument)
{
    struct shared *shared = argument;
    int wrong = 0;
    for (int i = 0; i < 2000; i++) {
        AUTO(schema_faults) struct schema_faults faults = {0};
        wrong += !json_schema_validate(shared->schema, shared->good, NULL);
        wrong += json_schema_validate(shared->schema, shared->bad, &faults) || faults.count != 2;
    }
    __atomic_add_fetch(&shared->wrong_answers, wrong, __ATOMIC_RELAXED);
    return NULL;
}

static void schema_serves_many_threads_at_once(void **state)
{
    (void)state;
    AUTO(json_schema)
    struct json_schema *schema =
        compile("{\"properties\":{\"a\":{\"pattern\":\"^[a-z]+-[0-9]+$\"}},"
                "\"additionalProperties\":{\"pattern\":\"^x|y$\"}}");
    AUTO(json) json_t *good = parse("{\"a\":\"abc-123\",\"b\":\"x\"}");
    AUTO(json) json_t *bad = parse("{\"a\":\"abc-\",\"b\":\"z\"}");
    struct shared shared = {.schema = schema, .good = good, .bad = bad};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, validate_often, &shared), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared.wrong_answers, 0);
}

#ifdef __SANITIZE_ADDRESS__
/* Of the sanitizer's runtime, which comes without its header here. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                              void (*)(const volatile void *));

static int allocations;

static void count_allocation(const volatile void *at, size_t bytes)
{
    (void)at, (void)bytes;
    allocations++;
}

static void ignore_free(const volatile void *at)
{
    (void)at;
}

static void validating_a_valid_instance_allocates_nothing(void **state)
{
    (void)state;
    AUTO(json_schema)
    struct json_schema *schema =
        compile("{\"type\":\"object\",\"required\":[\"id\"],\"additionalProperties\":false,"
                "\"properties\":{\"id\":{\"pattern\":\"^[a-z]+$\"},\"n\":{\"multipleOf\":0.01},"
                "\"at\":{\"format\":\"date-time\"},\"l\":{\"uniqueItems\":true,\"items\":"
                "{\"anyOf\":[{\"type\":\"null\"},{\"enum\":[1,[2]]}]},\"contains\":{\"const\":1}}},"
                "\"propertyNames\":{\"anyOf\":[{\"pattern\":\"^n$\"},{\"maxLength\":2}]},"
                "\"dependentRequired\":{\"n\":[\"id\"]},"
                "\"dependentSchemas\":{\"l\":{\"minProperties\":3}}}");
    AUTO(json)
    json_t *instance = parse("{\"id\":\"abc\",\"n\":19.99,\"l\":[1,null,[2]],"
                             "\"at\":\"2026-11-23T10:00:00Z\"}");
    AUTO(schema_faults) struct schema_faults faults = {0};
    assert_true(json_schema_validate(schema, instance, &faults)); /* the thread's first match */
    __sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_free);
    AUTO(string) char *seen = strdup("an allocation is counted");
    assert_int_not_equal(allocations, 0);
    allocations = 0;
    bool answer = json_schema_validate(schema, instance, &faults);
    int counted = allocations;
    assert_true(answer);
    assert_int_equal(counted, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(boolean_schema_takes_all_or_nothing),
        cmocka_unit_test(type_distinguishes_types),
        cmocka_unit_test(enum_and_const_compare_by_value),
        cmocka_unit_test(numbers_have_limits),
        cmocka_unit_test(multiple_of_is_exact_in_decimal),
        cmocka_unit_test(lengths_count_characters),
        cmocka_unit_test(pattern_matches_anywhere_in_the_text),
        cmocka_unit_test(format_is_asserted),
        cmocka_unit_test(arrays_are_checked_by_index),
        cmocka_unit_test(unique_items_compare_by_value),
        cmocka_unit_test(unique_items_find_a_repeat_in_a_long_array),
        cmocka_unit_test(members_are_checked_by_name),
        cmocka_unit_test(schemas_combine),
        cmocka_unit_test(condition_chooses_the_schema),
        cmocka_unit_test(reference_points_into_the_document),
        cmocka_unit_test(reference_is_found_among_many),
        cmocka_unit_test(names_of_members_have_a_separate_schema),
        cmocka_unit_test(annotations_assert_nothing),
        cmocka_unit_test(pattern_that_takes_too_long_is_a_fault),
        cmocka_unit_test(schema_serves_many_threads_at_once),
#ifdef __SANITIZE_ADDRESS__ /* only the address sanitizer counts allocations */
        cmocka_unit_test(validating_a_valid_instance_allocates_nothing),
#endif
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
