/* Validating costs a number of steps in proportion to the instance, whatever refers to itself in
 * the schema. Steps are counted, not timed. ANNAL_TEST_SEED repeats the random part; the seed is in
 * every failure. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/json_schema/json_schema.h"
#include "schema/json_schema/json_value.h"

#include <stdio.h>

#define DEEPEST   60 /* nested values; json_read() allows 64 */
#define SCHEMAS   600
#define INSTANCES 4
#define NODES     5

static uint64_t seed;

static size_t random_below(size_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed >> 1) % bound;
}

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

/* {"a":{"a": … leaf}} or [[ … leaf]], `depth` times. */
static json_t *nest(int depth, const char *leaf, bool arrays)
{
    json_t *json = parse(leaf);
    for (int i = 0; i < depth; i++)
        json = arrays ? json_pack("[o]", json) : json_pack("{s:s, s:o}", "t", "x", "a", json);
    return json;
}

static size_t steps_of(const struct json_schema *schema, const json_t *instance, bool *ret_fits)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    *ret_fits = json_schema_validate(schema, instance, &faults);
    assert_int_equal(json_schema_validate(schema, instance, NULL), *ret_fits);
    assert_false(faults.exhausted);
    return faults.steps;
}

/* Each asks every value below from two places at least. */
static const char *const recursive[] = {
    "{\"oneOf\":[{\"required\":[\"a\"],\"properties\":{\"a\":{\"$ref\":\"#\"}}},"
    "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"minProperties\":3,\"type\":\"object\"},"
    "{\"type\":\"integer\"}]}",
    "{\"anyOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"},\"t\":{\"maxLength\":0}},"
    "\"type\":\"object\"},{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"type\":\"object\"},"
    "{\"type\":\"integer\"}]}",
    "{\"allOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"}}},{\"properties\":{\"a\":{\"$ref\":\"#\"}}"
    "}],"
    "\"type\":[\"object\",\"integer\"]}",
    "{\"not\":{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"b\"]},"
    "\"properties\":{\"a\":{\"$ref\":\"#\"}},\"type\":[\"object\",\"integer\"]}",
    "{\"if\":{\"properties\":{\"a\":{\"$ref\":\"#\"}}},"
    "\"then\":{\"properties\":{\"a\":{\"$ref\":\"#\"}}},"
    "\"else\":{\"properties\":{\"a\":{\"$ref\":\"#\"}}},\"type\":[\"object\",\"integer\"]}",
    "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"patternProperties\":{\"a\":{\"$ref\":\"#\"},"
    "\"^a\":{\"$ref\":\"#\"}},\"type\":[\"object\",\"integer\"]}",
    "{\"dependentSchemas\":{\"a\":{\"properties\":{\"a\":{\"$ref\":\"#\"}}},"
    "\"t\":{\"properties\":{\"a\":{\"$ref\":\"#\"}}}},\"type\":[\"object\",\"integer\"]}",
    "{\"properties\":{\"t\":{},\"a\":{\"$ref\":\"#\"}},\"if\":{\"additionalProperties\":"
    "{\"$ref\":\"#\"}},\"then\":true,\"type\":[\"object\",\"integer\"]}",
    "{\"contains\":{\"$ref\":\"#\"},\"items\":{\"$ref\":\"#\"},\"type\":[\"array\",\"integer\"]}",
    "{\"uniqueItems\":true,\"items\":{\"anyOf\":[{\"$ref\":\"#/$defs/n\"},{\"$ref\":\"#\"}]},"
    "\"type\":[\"array\",\"integer\"],\"$defs\":{\"n\":{\"uniqueItems\":true,"
    "\"items\":{\"$ref\":\"#\"},\"minItems\":2}}}",
    "{\"prefixItems\":[{\"$ref\":\"#\"}],\"oneOf\":[{\"items\":{\"$ref\":\"#\"},\"minItems\":2},"
    "{\"items\":{\"$ref\":\"#\"},\"maxItems\":1}],\"type\":[\"array\",\"integer\"]}",
};

static void nested_values_cost_in_proportion_to_their_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof recursive / sizeof *recursive; i++)
        for (int variant = 0; variant < 4; variant++) {
            AUTO(json_schema) struct json_schema *schema = compile(recursive[i]);
            AUTO(json) json_t *instance = nest(DEEPEST, variant & 1 ? "7" : "null", variant & 2);
            bool fits;
            size_t steps = steps_of(schema, instance, &fits), size = json_value_size(instance);
            /* The first 2,000 keep nothing. */
            if (steps > 4000 + 32 * size)
                fail_msg("%s: %zu steps for %zu values", recursive[i], steps, size);
        }
}

static void a_member_with_a_constant_distinguishes_schemas(void **state)
{
    (void)state;
    AUTO(json_schema)
    struct json_schema *schema =
        compile("{\"oneOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"},\"t\":{\"const\":\"x\"}}},"
                "{\"properties\":{\"a\":{\"$ref\":\"#\"},\"t\":{\"enum\":[\"y\",\"z\"]}}}],"
                "\"type\":\"object\"}");
    AUTO(json)
    json_t *good = parse("{\"a\":{\"a\":{\"a\":{\"t\":\"x\"},\"t\":\"y\"},\"t\":\"x\"},"
                         "\"t\":\"z\"}");
    AUTO(json)
    json_t *bad = parse("{\"a\":{\"a\":{\"a\":7,\"t\":\"y\"},\"t\":\"x\"},\"t\":\"z\"}");
    AUTO(schema_faults) struct schema_faults faults = {0};
    bool fits;
    size_t steps = steps_of(schema, good, &fits);
    assert_true(fits);
    assert_in_range(steps, 1, 60);
    assert_false(json_schema_validate(schema, bad, &faults));
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.fault[0].pointer, "/a/a/a");
    assert_text_contains(faults.fault[0].detail, "must be an object");
}

/* An instance that takes more than it may is refused as a whole, with the reason. */
static void an_instance_that_takes_too_many_steps_is_rejected(void **state)
{
    (void)state;
    AUTO(json_schema)
    struct json_schema *schema = compile("{\"items\":{\"not\":{\"pattern\":\"^(a+)+$\"}}}");
    AUTO(json) json_t *instance = json_array();
    for (int i = 0; i < 400; i++)
        json_array_append_new(instance, json_string("aaaaaaaaaaaaaaaaaaaaaa!"));
    AUTO(schema_faults) struct schema_faults faults = {0};
    assert_false(json_schema_validate(schema, instance, &faults));
    assert_false(json_schema_validate(schema, instance, NULL));
    assert_true(faults.exhausted);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.fault[0].pointer, "");
    assert_text_contains(faults.fault[0].detail, "takes more than 401000 steps to validate");
}

static void add_schema(struct text *out, int depth)
{
    static const char *const one[] = {
        "items", "contains", "not", "if", "then", "else", "additionalProperties"};
    static const char *const many[] = {"allOf", "anyOf", "oneOf", "prefixItems"};
    static const char *const named[] = {"properties", "patternProperties", "dependentSchemas"};
    static const char *const plain[] = {"\"type\":[\"object\",\"array\",\"integer\"]",
                                        "\"required\":[\"a\"]",
                                        "\"minItems\":1",
                                        "\"uniqueItems\":true",
                                        "\"minimum\":2",
                                        "\"enum\":[1,2,[],\"x\"]",
                                        "\"maxProperties\":2",
                                        "\"maxItems\":2"};
    if (depth > 2 || random_below(3) == 0) {
        text_printf(out, random_below(4) ? "{\"$ref\":\"#/$defs/%zu\"}" : "{}",
                    random_below(NODES));
        return;
    }
    text_printf(out, "{%s", plain[random_below(8)]);
    if (random_below(2)) {
        text_printf(out, ",\"%s\":", one[random_below(7)]);
        add_schema(out, depth + 1);
    }
    if (random_below(2)) {
        text_printf(out, ",\"%s\":[", many[random_below(4)]);
        add_schema(out, depth + 1);
        text_add(out, ",");
        add_schema(out, depth + 1);
        text_add(out, "]");
    }
    if (random_below(2)) {
        text_printf(out, ",\"%s\":{\"a\":", named[random_below(3)]);
        add_schema(out, depth + 1);
        text_add(out, ",\"b\":");
        add_schema(out, depth + 1);
        text_add(out, "}");
    }
    text_add(out, "}");
}

/* Of definitions that refer to each other; NULL if one leads to itself for the same value. */
static struct json_schema *make_schema(struct text *text)
{
    struct json_schema *schema = NULL;
    text_clear(text);
    text_add(text, "{\"$ref\":\"#/$defs/0\",\"$defs\":{");
    for (int i = 0; i < NODES; i++) {
        text_printf(text, "%s\"%d\":", i ? "," : "", i);
        add_schema(text, 0);
    }
    text_add(text, "}}");
    AUTO(json) json_t *document = parse(text->at);
    return json_schema_compile(document, &schema, NULL) == OK ? schema : NULL;
}

static json_t *make_instance(int depth)
{
    static const char *const names[] = {"a", "b", "ab"};
    if (depth <= 0)
        return random_below(2) ? json_integer((json_int_t)random_below(4)) : json_string("x");
    bool is_array = random_below(3) == 0;
    json_t *json = is_array ? json_array() : json_object();
    for (size_t i = 0; i < 3; i++) {
        int below = i == 0 || depth < 3 ? depth - 1 : (int)random_below(3);
        if (i > 0 && random_below(2))
            continue;
        if (is_array)
            json_array_append_new(json, make_instance(below));
        else
            json_object_set_new(json, names[i], make_instance(below));
    }
    return json;
}

static void random_schemas_cost_in_proportion_to_the_instance(void **state)
{
    (void)state;
    const char *again = getenv("ANNAL_TEST_SEED");
    size_t compiled = 0;
    for (size_t i = 0; i < SCHEMAS; i++) {
        AUTO(text) struct text text = {0};
        uint64_t first = again ? strtoull(again, NULL, 10) : 20261130 + 1000 * i;
        seed = first;
        AUTO(json_schema) struct json_schema *schema = make_schema(&text);
        if (!schema)
            continue;
        compiled++;
        for (int j = 0; j < INSTANCES; j++) {
            AUTO(json) json_t *instance = make_instance(DEEPEST);
            bool fits;
            size_t steps = steps_of(schema, instance, &fits), size = json_value_size(instance);
            if (steps > 4000 + 4 * text.length * size / 10)
                fail_msg("seed %llu: %zu steps for %zu values: %s", (unsigned long long)first,
                         steps, size, text.at);
        }
    }
    assert_in_range(compiled, SCHEMAS / 10, SCHEMAS);
}

/* Results that a long validation keeps change no verdict. */
static void a_long_validation_agrees_with_many_short_ones(void **state)
{
    (void)state;
    size_t judged[2] = {0};
    for (size_t i = 0; i < SCHEMAS; i++) {
        AUTO(text) struct text text = {0};
        seed = 5000000 + 1000 * i;
        AUTO(json_schema) struct json_schema *schema = make_schema(&text);
        if (!schema)
            continue;
        AUTO(json) json_t *document = parse(text.at);
        AUTO(json)
        json_t *all = json_pack("{s:{s:s}, s:O}", "items", "$ref", "#/$defs/0", "$defs",
                                json_object_get(document, "$defs"));
        AUTO(json_schema) struct json_schema *long_schema = NULL;
        assert_ok(json_schema_compile(all, &long_schema, &error));
        AUTO(json) json_t *instances = json_array();
        bool fit = true, long_fits; /* up to the first that does not */
        for (size_t n = 0; n < 300 && fit; n++) {
            json_t *instance = make_instance((int)random_below(4));
            json_array_append_new(instances, instance);
            fit = json_schema_validate(schema, instance, NULL);
        }
        (void)steps_of(long_schema, instances, &long_fits);
        if (long_fits != fit)
            fail_msg("%s: %zu instances", text.at, json_array_size(instances));
        judged[long_fits]++;
    }
    assert_in_range(judged[0], 20, SCHEMAS);
    assert_in_range(judged[1], 20, SCHEMAS);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(nested_values_cost_in_proportion_to_their_size),
        cmocka_unit_test(a_member_with_a_constant_distinguishes_schemas),
        cmocka_unit_test(an_instance_that_takes_too_many_steps_is_rejected),
        cmocka_unit_test(random_schemas_cost_in_proportion_to_the_instance),
        cmocka_unit_test(a_long_validation_agrees_with_many_short_ones),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
