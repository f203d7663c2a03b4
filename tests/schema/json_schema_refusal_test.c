/* Schemas that are refused when they are compiled: each names the keyword and where it stands. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/json_schema/json_schema.h"

static void refused(const char *text, const char *at, const char *why)
{
    AUTO(json) json_t *document = NULL;
    assert_ok(json_read(slice_of(text), &document, &error));
    AUTO(json_schema) struct json_schema *schema = NULL;
    struct error error = {0};
    enum err err = json_schema_compile(document, &schema, &error);
    if (err != ERR_DEFINITION || !strstr(error.text, at) || !strstr(error.text, why))
        fail_msg("%s: expected %s %s, got %d: %s", text, at, why, (int)err, error.text);
    assert_null(schema);
}

static void other_keyword_is_rejected_by_name(void **state)
{
    (void)state;
    static const char *const keywords[] = {
        "unevaluatedItems",
        "unevaluatedProperties",
        "$dynamicRef",
        "$dynamicAnchor",
        "contentSchema",
        "$vocabulary",
        "contentMediaType",
        "definitions",
        "nullable",
        "x-mine",
        "readOnly",
        "id",
        "",
    };
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        AUTO(text) struct text schema = {0}, named = {0};
        text_printf(&schema, "{\"properties\":{\"a\":{\"%s\":{}}}}", keywords[i]);
        text_printf(&named, "keyword \"%s\" is not supported", keywords[i]);
        refused(schema.at, "at \"/properties/a\"", named.at);
    }
}

static void misspelt_keyword_gets_the_nearest_name(void **state)
{
    (void)state;
    refused("{\"minimun\":1}", "at \"\"", "did you mean \"minimum\"?");
    refused("{\"additionalproperties\":1}", "at \"\"", "did you mean \"additionalProperties\"?");
}

static void keyword_with_a_wrong_value_is_rejected(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"type\":\"float\"}", "\"type\" must be one or several, without repetition, of object"},
        {"{\"type\":[]}", "\"type\" must not be empty"},
        {"{\"type\":[\"null\",\"null\"]}",
         "\"type\" must be one or several, without repetition, of"},
        {"{\"type\":7}", "\"type\" must be"},
        {"{\"enum\":[]}", "\"enum\" must be a non-empty array"},
        {"{\"enum\":\"a\"}", "\"enum\" must be a non-empty array"},
        {"{\"minimum\":\"1\"}", "\"minimum\" must be a number"},
        {"{\"maximum\":null}", "\"maximum\" must be a number"},
        {"{\"exclusiveMinimum\":true}", "\"exclusiveMinimum\" must be a number"},
        {"{\"exclusiveMaximum\":true}", "\"exclusiveMaximum\" must be a number"},
        {"{\"multipleOf\":0}", "\"multipleOf\" must be a number above 0"},
        {"{\"multipleOf\":-1}", "\"multipleOf\" must be a number above 0"},
        {"{\"minLength\":-1}", "\"minLength\" must be an integer of at least 0"},
        {"{\"maxLength\":1.5}", "\"maxLength\" must be an integer of at least 0"},
        {"{\"minItems\":\"1\"}", "\"minItems\" must be an integer of at least 0"},
        {"{\"maxItems\":1e300}", "\"maxItems\" must be an integer of at least 0"},
        {"{\"minProperties\":null}", "\"minProperties\" must be an integer"},
        {"{\"maxProperties\":[]}", "\"maxProperties\" must be an integer"},
        {"{\"uniqueItems\":1}", "\"uniqueItems\" must be true or false"},
        {"{\"pattern\":7}", "\"pattern\" must be a string"},
        {"{\"pattern\":\"a(b\"}", "keyword \"pattern\": the pattern a(b is wrong at character 3"},
        {"{\"patternProperties\":{\"[\":true}}", "keyword \"patternProperties\": the pattern ["},
        {"{\"format\":\"hostname\"}", "\"format\" must be date-time, date, uuid, email or uri"},
        {"{\"format\":7}", "\"format\" must be"},
        {"{\"required\":\"a\"}", "\"required\" must be an array of names"},
        {"{\"required\":[1]}", "\"required\" must be an array of different names"},
        {"{\"required\":[\"a\",\"a\"]}", "\"required\" must be an array of different names"},
        {"{\"properties\":[]}", "\"properties\" must be an object of schemas"},
        {"{\"patternProperties\":true}", "\"patternProperties\" must be an object of schemas"},
        {"{\"$defs\":1}", "\"$defs\" must be an object of schemas"},
        {"{\"prefixItems\":[]}", "\"prefixItems\" must be a non-empty array of schemas"},
        {"{\"allOf\":{}}", "\"allOf\" must be a non-empty array of schemas"},
        {"{\"anyOf\":[]}", "\"anyOf\" must be a non-empty array of schemas"},
        {"{\"oneOf\":7}", "\"oneOf\" must be a non-empty array of schemas"},
        {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", "\"$schema\" must be"},
        {"{\"$schema\":7}", "\"$schema\" must be"},
        {"{\"$id\":7}", "\"$id\" must be a string"},
        {"{\"$id\":\"x#y\"}", "\"$id\" must have no fragment"},
        {"{\"$anchor\":\"1a\"}", "\"$anchor\" must be a letter"},
        {"{\"$anchor\":\"a/b\"}", "\"$anchor\" must be a letter"},
        {"{\"$anchor\":7}", "\"$anchor\" must be a letter"},
        {"{\"$anchor\":\"a\",\"not\":{\"$anchor\":\"a\"}}", "\"$anchor\" must be unique"},
        {"{\"minContains\":-1}", "\"minContains\" must be an integer"},
        {"{\"dependentRequired\":[]}", "must be an object of arrays of names"},
        {"{\"dependentRequired\":{\"a\":[\"b\",\"b\"]}}", "must be an array of different names"},
        {"{\"dependentSchemas\":[]}", "\"dependentSchemas\" must be an object of schemas"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(wrong[i][0], "at \"/", wrong[i][1]);
}

static void a_value_that_is_not_a_schema_is_rejected_with_its_pointer(void **state)
{
    (void)state;
    refused("7", "at \"\"", "a schema must be an object, true or false");
    refused("null", "at \"\"", "a schema must be");
    refused("{\"not\":1}", "at \"/not\"", "a schema must be");
    refused("{\"items\":[{}]}", "at \"/items\"", "a schema must be");
    refused("{\"properties\":{\"a/b~\":[]}}", "at \"/properties/a~1b~0\"", "a schema must be");
    refused("{\"oneOf\":[true,{\"if\":\"x\"}]}", "at \"/oneOf/1/if\"", "a schema must be");
    refused("{\"$defs\":{\"a\":null}}", "at \"/$defs/a\"", "a schema must be");
}

static void duplicate_id_is_rejected(void **state)
{
    (void)state;
    refused("{\"$id\":\"http://x/a/b\",\"$defs\":{\"c\":{\"$id\":\"../a/b\"}}}", "at \"/$defs/c\"",
            "is that of another schema");
}

static void reference_to_another_document_is_rejected(void **state)
{
    (void)state;
    static const char *const targets[] = {"other.json", "https://example.org/s", "#anchor", "x#/y"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        AUTO(text) struct text schema = {0};
        text_printf(&schema, "{\"items\":{\"$ref\":\"%s\"}}", targets[i]);
        refused(schema.at, "at \"/items/$ref\"", "other documents are not read");
    }
    refused("{\"$ref\":{}}", "at \"/$ref\"", "must be a string");
}

static void reference_to_a_value_that_is_not_a_schema_is_rejected(void **state)
{
    (void)state;
    static const char *const targets[] = {"#/$defs/none", "#/$defs",    "#/enum/0", "#/allOf",
                                          "#/allOf/9",    "#/allOf/-1", "#/%zz",    "#//"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        AUTO(text) struct text schema = {0}, named = {0};
        text_printf(&schema, "{\"enum\":[{}],\"$defs\":{},\"allOf\":[{\"$ref\":\"%s\"}]}",
                    targets[i]);
        text_printf(&named, "\"%s\" is not a schema in this document", targets[i]);
        refused(schema.at, "at \"/allOf/0/$ref\"", named.at);
    }
}

static void circular_reference_for_the_same_value_is_rejected(void **state)
{
    (void)state;
    static const char *const circles[] = {
        "{\"$ref\":\"#\"}",
        "{\"allOf\":[{\"$ref\":\"#\"}]}",
        "{\"anyOf\":[true,{\"not\":{\"$ref\":\"#\"}}]}",
        "{\"if\":true,\"then\":{\"$ref\":\"#\"}}",
        "{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}",
        "{\"$id\":\"a\",\"$anchor\":\"x\",\"allOf\":[{\"$ref\":\"a#x\"}]}",
        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"oneOf\":[{\"$ref\":\"#/$defs/b\"}]},"
        "\"b\":{\"else\":{\"$ref\":\"#/$defs/a\"}}}}",
    };
    for (size_t i = 0; i < sizeof circles / sizeof *circles; i++)
        refused(circles[i], "\"$ref\"", "refers to itself for the same value");
}

/* Written from its head or from its end, so that either is met first. */
static void chain_of_many_references_is_rejected(void **state)
{
    (void)state;
    for (int backward = 0; backward < 2; backward++) {
        AUTO(text) struct text schema = {0};
        text_add(&schema, "{\"$defs\":{\"40\":true");
        for (int i = 0; i < 40; i++) {
            int link = backward ? 39 - i : i;
            text_printf(&schema, ",\"%d\":{\"$ref\":\"#/$defs/%d\"}", link, link + 1);
        }
        text_add(&schema, "}}");
        refused(schema.at, "\"$ref\"", "through more than 32 others");
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(other_keyword_is_rejected_by_name),
        cmocka_unit_test(misspelt_keyword_gets_the_nearest_name),
        cmocka_unit_test(keyword_with_a_wrong_value_is_rejected),
        cmocka_unit_test(a_value_that_is_not_a_schema_is_rejected_with_its_pointer),
        cmocka_unit_test(duplicate_id_is_rejected),
        cmocka_unit_test(reference_to_another_document_is_rejected),
        cmocka_unit_test(reference_to_a_value_that_is_not_a_schema_is_rejected),
        cmocka_unit_test(circular_reference_for_the_same_value_is_rejected),
        cmocka_unit_test(chain_of_many_references_is_rejected),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
