/* Walks two schemas side by side, keyword by keyword; each keyword that may narrow has a row in one
 * of the tables. It compares documents, not the sets of values that they allow, and reports a
 * change in case of doubt: a false alarm costs a new version, a missed change costs data. */
#include "base/json.h"
#include "schema/json_schema/schema_comparison.h"
#include "schema/json_schema/schema_node.h"

static void compare_schemas(struct schema_comparison *comparison, const json_t *older,
                            const json_t *newer);

static bool has_value(const json_t *values, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach (values, i, one)
        if (json_equal(one, value))
            return true;
    return false;
}

/* --- keywords that concern the value itself ------------------------------------------------------ */

/* All types if the schema has no `type`; a number includes integers. */
static unsigned types_of(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");
    unsigned types = 0;
    size_t count = json_is_array(type) ? json_array_size(type) : type != NULL;
    for (size_t i = 0; i < count; i++)
        types |= json_value_find_type(
            json_string_value(json_is_array(type) ? json_array_get(type, i) : type));
    if (types & SCHEMA_NUMBER)
        types |= SCHEMA_INTEGER;
    return type ? types : ~0U;
}

/* The values that enum or const allows; NULL without either. The caller owns the array. */
static json_t *values_of(const json_t *schema)
{
    const json_t *constant = json_object_get(schema, "const");
    if (constant)
        return json_pack("[O]", constant);
    return json_incref(json_object_get(schema, "enum"));
}

static void compare_enums(struct schema_comparison *comparison, const json_t *older,
                          const json_t *newer)
{
    AUTO(json) json_t *before = values_of(older);
    AUTO(json) json_t *after = values_of(newer);
    size_t i;
    json_t *value;
    if (after && !before)
        schema_comparison_report(comparison, "the values are narrowed to an enum");
    json_array_foreach (after ? before : NULL, i, value) {
        if (has_value(after, value))
            continue;
        AUTO(text) struct text rule = {0};
        text_add(&rule, "the enum is narrowed: it no longer has ");
        json_write(value, &rule);
        schema_comparison_report(comparison, rule.at);
    }
}

/* A higher minimum or a lower maximum narrows. */
static void compare_limits(struct schema_comparison *comparison, const json_t *older,
                           const json_t *newer)
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
            schema_comparison_report_keyword(comparison, limits[i].keyword, "is new");
        else if (after && json_number_value(after) * limits[i].narrows >
                              json_number_value(before) * limits[i].narrows)
            schema_comparison_report_keyword(comparison, limits[i].keyword, "is narrowed");
    }
}

/* Keywords that may be removed, but neither added nor changed. */
static void compare_fixed(struct schema_comparison *comparison, const json_t *older,
                          const json_t *newer)
{
    static const char *const fixed[] = {"pattern", "format", "multipleOf", "uniqueItems"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const json_t *before = json_object_get(older, fixed[i]);
        const json_t *after = json_object_get(newer, fixed[i]);
        if (after && !json_is_false(after) && !json_equal(before, after))
            schema_comparison_report_keyword(comparison, fixed[i],
                                             before ? "is different" : "is new");
    }
}

static void compare_types(struct schema_comparison *comparison, const json_t *older,
                          const json_t *newer)
{
    if (types_of(older) & ~types_of(newer))
        schema_comparison_report(comparison, "the type is narrowed");
}

static void compare_values(struct schema_comparison *comparison, const json_t *older,
                           const json_t *newer)
{
    compare_types(comparison, older, newer);
    compare_enums(comparison, older, newer);
    compare_limits(comparison, older, newer);
    compare_fixed(comparison, older, newer);
}

/* --- keywords that hold schemas ------------------------------------------------------------------ */

/* A keyword that can only be compared for equality. */
static void compare_keyword(struct schema_comparison *comparison, const char *keyword,
                            const json_t *older, const json_t *newer)
{
    const json_t *before = json_object_get(older, keyword);
    const json_t *after = json_object_get(newer, keyword);
    size_t known = comparison->same.count;
    if ((!before && !after) || schema_comparison_is_same(comparison, before, after))
        return;
    comparison->same.count = known;
    schema_comparison_report_keyword(comparison, keyword,
                                     "is different, and the effect is unknown");
}

static void compare_combined(struct schema_comparison *comparison, const json_t *older,
                             const json_t *newer)
{
    static const char *const combined[] = {
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "prefixItems",
        "propertyNames",
        "patternProperties",
        "dependentRequired",
        "dependentSchemas",
    };
    for (size_t i = 0; i < sizeof combined / sizeof *combined; i++)
        compare_keyword(comparison, combined[i], older, newer);
}

static void compare_required(struct schema_comparison *comparison, const json_t *older,
                             const json_t *newer)
{
    const json_t *before = json_object_get(older, "required");
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(newer, "required"), i, name) {
        if (has_value(before, name))
            continue;
        size_t outside = schema_comparison_step_in(comparison, json_string_value(name));
        schema_comparison_report(comparison, "the field is newly required");
        schema_comparison_step_out(comparison, outside);
    }
}

static void compare_properties(struct schema_comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    const json_t *after = json_object_get(newer, "properties");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(older, "properties"), name, property) {
        const json_t *now = json_object_get(after, name);
        size_t outside = schema_comparison_step_in(comparison, name);
        if (now)
            compare_schemas(comparison, property, now);
        else
            schema_comparison_report(comparison, "the field is removed");
        schema_comparison_step_out(comparison, outside);
    }
}

/* A field that has become a property was subject to additionalProperties before. Without a schema there,
 * nothing was agreed about it. */
static void compare_new_properties(struct schema_comparison *comparison, const json_t *older,
                                   const json_t *newer)
{
    const json_t *before = json_object_get(older, "properties");
    const json_t *others = json_object_get(older, "additionalProperties");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(newer, "properties"), name, property) {
        if (!json_is_object(others) || json_object_get(before, name))
            continue;
        size_t outside = schema_comparison_step_in(comparison, name);
        compare_schemas(comparison, others, property);
        schema_comparison_step_out(comparison, outside);
    }
}

/* Schemas of elements, and of fields that are not listed. */
static void compare_others(struct schema_comparison *comparison, const json_t *older,
                           const json_t *newer)
{
    static const char *const keywords[] = {"items", "additionalProperties"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const json_t *before = json_object_get(older, keywords[i]);
        const json_t *after = json_object_get(newer, keywords[i]);
        if (!after || json_is_true(after) || json_is_false(before))
            continue;
        if (!before) {
            schema_comparison_report_keyword(comparison, keywords[i], "is new");
            continue;
        }
        size_t outside = schema_comparison_step_in(comparison, "*");
        compare_schemas(comparison, before, after);
        schema_comparison_step_out(comparison, outside);
    }
}

/* True if the schema consists of a reference only. */
static bool only_refers(const json_t *schema)
{
    static const char *const silent[] = {"$ref",     "$defs",      "$schema",
                                         "$comment", "title",      "description",
                                         "default",  "deprecated", "examples"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        known += json_object_get(schema, silent[i]) != NULL;
    return known == json_object_size(schema);
}

/* Resolves a schema that only refers to another. */
static const json_t *resolve(const struct json_schema *document, const json_t *schema)
{
    const json_t *target = schema_reference_target(document, schema);
    while (target && only_refers(schema)) {
        schema = target;
        target = schema_reference_target(document, schema);
    }
    return schema;
}

static void compare_references(struct schema_comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    const json_t *before = schema_reference_target(comparison->older, older);
    const json_t *after = schema_reference_target(comparison->newer, newer);
    if (before && after)
        compare_schemas(comparison, before, after);
    else if (before || after)
        schema_comparison_report_keyword(comparison, "$ref",
                                         "is different, and the effect is unknown");
}

static void compare_objects(struct schema_comparison *comparison, const json_t *older,
                            const json_t *newer)
{
    compare_values(comparison, older, newer);
    compare_combined(comparison, older, newer);
    compare_references(comparison, older, newer);
    compare_properties(comparison, older, newer);
    compare_new_properties(comparison, older, newer);
    compare_required(comparison, older, newer);
    compare_others(comparison, older, newer);
}

/* A pair that is being compared already is not compared again, so that recursive schemas end. */
static void compare_schemas(struct schema_comparison *comparison, const json_t *older,
                            const json_t *newer)
{
    older = resolve(comparison->older, older);
    newer = resolve(comparison->newer, newer);
    if (json_is_false(older))
        return;
    if (json_is_false(newer)) {
        schema_comparison_report(comparison, "no value is allowed any longer");
        return;
    }
    if (schema_comparison_has_pair(&comparison->unchanged, older, newer) ||
        !schema_comparison_open_pair(comparison, older, newer))
        return;
    size_t changes = comparison->count;
    compare_objects(comparison, older, newer); /* `true` has no keywords, as an empty object */
    comparison->depth--;
    if (comparison->count == changes)
        schema_comparison_add_pair(&comparison->unchanged, older, newer);
}

size_t schema_compare(const char *name, const struct json_schema *older,
                      const struct json_schema *newer, schema_change_fn *report, void *context)
{
    struct schema_comparison comparison = {
        .name = name, .older = older, .newer = newer, .report = report, .context = context};
    compare_schemas(&comparison, older->document, newer->document);
    text_finish(&comparison.pointer);
    free(comparison.same.at);
    free(comparison.unchanged.at);
    return comparison.count;
}
