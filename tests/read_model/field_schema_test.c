/* A step into a schema is wrong only where the schema rules it out. */
#include "base/json.h"
#include "read_model/definition/field_schema.h"
#include "tests/support/claims.h"

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"plain\":{\"type\":\"string\"},"                                                             \
    "\"open\":{\"type\":\"object\"},"                                                              \
    "\"any\":{},\"yes\":true,"                                                                     \
    "\"closed\":{\"type\":\"object\",\"additionalProperties\":false},"                             \
    "\"map\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}},"               \
    "\"pattern\":{\"type\":\"object\",\"properties\":{\"a\":{}},"                                  \
    "\"patternProperties\":{\"^x\":{}}},"                                                          \
    "\"ref\":{\"$ref\":\"#/$defs/address\"},"                                                      \
    "\"list\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/address\"}},"                      \
    "\"union\":{\"oneOf\":[{\"properties\":{\"a\":{}}},{\"properties\":{\"b\":{}}}]},"             \
    "\"loop\":{\"$ref\":\"#/properties/loop\"}},"                                                  \
    "\"$defs\":{\"address\":{\"type\":\"object\",\"properties\":{\"city\":{}}}}}"

/* Follows names with '/' between them; '*' is an element. */
static bool follow(const char *path)
{
    AUTO(json) json_t *schema = NULL;
    assert_ok(json_read(slice_of(SCHEMA), &schema, &error));
    struct field_schema node = {schema, schema};
    bool there = true;
    while (there && *path) {
        struct field_names names = {.count = 0};
        size_t length = strcspn(path, "/");
        if (length == 1 && *path == '*')
            node = field_schema_element(node);
        else
            there = field_schema_member(node, (struct slice){path, length}, &node, &names);
        path += length + (path[length] == '/');
    }
    return there;
}

static void members_that_the_schema_allows_are_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"plain",   "open/x",    "any/x/y",     "yes/x",
                                        "map/x/y", "pattern/a", "pattern/z",   "ref/city",
                                        "union/a", "union/b",   "list/*/city", "loop/x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!follow(paths[i]))
            fail_msg("not found: %s", paths[i]);
}

static void members_that_the_schema_excludes_are_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"plan",    "plain/x",   "closed/x",   "ref/town",
                                        "union/c", "list/city", "list/*/town"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (follow(paths[i]))
            fail_msg("found: %s", paths[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_the_schema_allows_are_found),
        cmocka_unit_test(members_that_the_schema_excludes_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
