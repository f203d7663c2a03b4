/* The keywords that judge a value by itself; each that may narrow has its line in a table. */
#include "schema/json_schema/schema_compare_private.h"

#include "base/json.h"
#include "schema/json_schema/schema_node.h"

/* All types if the schema has no `type`; a number includes integers. */
static unsigned types_of(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");
    unsigned types = 0;
    size_t count = json_is_array(type) ? json_array_size(type) : type != NULL;
    for (size_t i = 0; i < count; i++)
        types |= schema_type_find(
            json_string_value(json_is_array(type) ? json_array_get(type, i) : type));
    if (types & SCHEMA_NUMBER)
        types |= SCHEMA_INTEGER;
    return type ? types : ~0U;
}

/* The values a schema lists, by enum or const; NULL if it lists none. The caller owns it. */
static json_t *values_of(const json_t *schema)
{
    const json_t *constant = json_object_get(schema, "const");
    if (constant)
        return json_pack("[O]", constant);
    return json_incref(json_object_get(schema, "enum"));
}

static void compare_enums(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    AUTO(json) json_t *before = values_of(older);
    AUTO(json) json_t *after = values_of(newer);
    size_t i;
    json_t *value;
    if (after && !before)
        schema_compare_tell(comparison, "the values are narrowed to an enum");
    json_array_foreach (after ? before : NULL, i, value) {
        if (schema_compare_has(after, value))
            continue;
        AUTO(text) struct text rule = {0};
        text_add(&rule, "the enum is narrowed: it has no more ");
        json_write(value, &rule);
        schema_compare_tell(comparison, rule.at);
    }
}

/* Limits: a higher minimum or a lower maximum narrows. */
static void compare_limits(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    static const struct {
        const char *keyword;
        int narrows; /* the sign of newer - older */
    } limits[] = {
        {"minimum", 1},           {"exclusiveMinimum", 1}, {"minLength", 1}, {"minItems", 1},
        {"minProperties", 1},     {"minContains", 1},      {"maximum", -1},  {"maxContains", -1},
        {"exclusiveMaximum", -1}, {"maxLength", -1},       {"maxItems", -1}, {"maxProperties", -1},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const json_t *before = json_object_get(older, limits[i].keyword);
        const json_t *after = json_object_get(newer, limits[i].keyword);
        if (after && !before)
            schema_compare_tell_keyword(comparison, limits[i].keyword, "is new");
        else if (after && json_number_value(after) * limits[i].narrows >
                              json_number_value(before) * limits[i].narrows)
            schema_compare_tell_keyword(comparison, limits[i].keyword, "is narrowed");
    }
}

/* Keywords that may go, but neither come nor change. */
static void compare_fixed(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    static const char *const fixed[] = {"pattern", "format", "multipleOf", "uniqueItems"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const json_t *before = json_object_get(older, fixed[i]);
        const json_t *after = json_object_get(newer, fixed[i]);
        if (after && !json_is_false(after) && !json_equal(before, after))
            schema_compare_tell_keyword(comparison, fixed[i], before ? "is another" : "is new");
    }
}

static void compare_types(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    if (types_of(older) & ~types_of(newer))
        schema_compare_tell(comparison, "the type is narrowed");
}

void schema_compare_values(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    compare_types(comparison, older, newer);
    compare_enums(comparison, older, newer);
    compare_limits(comparison, older, newer);
    compare_fixed(comparison, older, newer);
}
