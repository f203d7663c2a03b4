/* Walks two schemas side by side, keyword by keyword; each keyword that may narrow has a row in one
 * of the tables. It compares documents, not the sets of values that they allow, and reports a
 * change in case of doubt: a false alarm costs a new version, a missed change costs data. */
#include "schema/json_schema/schema_compare_private.h"

#include "base/array.h"
#include "base/json.h"
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/schema_node.h"

static void compare_schemas(struct comparison *comparison, const json_t *older,
                            const json_t *newer);

void schema_compare_tell(struct comparison *comparison, const char *rule)
{
    struct schema_change change = {comparison->name, text_slice(&comparison->pointer).at, rule};
    comparison->count++;
    comparison->tell(comparison->context, &change);
}

void schema_compare_tell_keyword(struct comparison *comparison, const char *keyword,
                                 const char *how)
{
    AUTO(text) struct text rule = {0};
    text_printf(&rule, "%s %s", keyword, how);
    schema_compare_tell(comparison, rule.at);
}

bool schema_compare_has(const json_t *values, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach (values, i, one)
        if (json_equal(one, value))
            return true;
    return false;
}

static size_t step_in(struct comparison *comparison, const char *name)
{
    size_t outside = comparison->pointer.length;
    json_pointer_add(&comparison->pointer, name);
    return outside;
}

static void step_out(struct comparison *comparison, size_t outside)
{
    comparison->pointer.length = outside;
    text_reserve(&comparison->pointer, 0)[0] = '\0';
}

/* False, and nothing done, if the pair is being compared already or is too deep to be. */
static bool open_pair(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    for (size_t i = 0; i < comparison->depth; i++)
        if (comparison->open[i].older == older && comparison->open[i].newer == newer)
            return false;
    if (comparison->depth == SCHEMA_COMPARE_DEEPEST) {
        schema_compare_tell(comparison, "is nested too deep to be compared");
        return false;
    }
    comparison->open[comparison->depth++] = (struct schema_pair){older, newer};
    return true;
}

static bool has_pair(const struct schema_pairs *pairs, const json_t *older, const json_t *newer)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (pairs->at[i].older == older && pairs->at[i].newer == newer)
            return true;
    return false;
}

static void add_pair(struct schema_pairs *pairs, const json_t *older, const json_t *newer)
{
    *ARRAY_ADD(pairs) = (struct schema_pair){older, newer};
}

static bool is_same(struct comparison *comparison, const json_t *older, const json_t *newer);

/* Of two that are written alike: do they refer to the same, at any place in them? */
static bool refers_to_same(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    const json_t *before = schema_reference_target(comparison->older, older);
    const char *name;
    size_t i;
    json_t *member;
    bool same =
        !before || is_same(comparison, before, schema_reference_target(comparison->newer, newer));
    json_object_foreach ((json_t *)older, name, member)
        same = same && refers_to_same(comparison, member, json_object_get(newer, name));
    json_array_foreach (older, i, member)
        same = same && refers_to_same(comparison, member, json_array_get(newer, i));
    return same;
}

/* As it is written, and in all that it refers to. */
static bool is_same(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    if (!json_equal(older, newer))
        return false;
    if (has_pair(&comparison->same, older, newer) || !open_pair(comparison, older, newer))
        return true;
    /* Valid until a difference is found; then compare_keyword() removes it. */
    add_pair(&comparison->same, older, newer);
    bool same = refers_to_same(comparison, older, newer);
    comparison->depth--;
    return same;
}

/* A keyword that can only be compared for equality. */
static void compare_keyword(struct comparison *comparison, const char *keyword, const json_t *older,
                            const json_t *newer)
{
    const json_t *before = json_object_get(older, keyword);
    const json_t *after = json_object_get(newer, keyword);
    size_t known = comparison->same.count;
    if ((!before && !after) || is_same(comparison, before, after))
        return;
    comparison->same.count = known;
    schema_compare_tell_keyword(comparison, keyword,
                                "is another, and what that means is not known");
}

static void compare_combined(struct comparison *comparison, const json_t *older,
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

static void compare_required(struct comparison *comparison, const json_t *older,
                             const json_t *newer)
{
    const json_t *before = json_object_get(older, "required");
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(newer, "required"), i, name) {
        if (schema_compare_has(before, name))
            continue;
        size_t outside = step_in(comparison, json_string_value(name));
        schema_compare_tell(comparison, "the field is newly required");
        step_out(comparison, outside);
    }
}

static void compare_properties(struct comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    const json_t *after = json_object_get(newer, "properties");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(older, "properties"), name, property) {
        const json_t *now = json_object_get(after, name);
        size_t outside = step_in(comparison, name);
        if (now)
            compare_schemas(comparison, property, now);
        else
            schema_compare_tell(comparison, "the field is removed");
        step_out(comparison, outside);
    }
}

/* A field that has a name now was one of the others before; if there was no schema for them, nobody
 * had agreed on anything about it. */
static void compare_new_properties(struct comparison *comparison, const json_t *older,
                                   const json_t *newer)
{
    const json_t *before = json_object_get(older, "properties");
    const json_t *others = json_object_get(older, "additionalProperties");
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(newer, "properties"), name, property) {
        if (!json_is_object(others) || json_object_get(before, name))
            continue;
        size_t outside = step_in(comparison, name);
        compare_schemas(comparison, others, property);
        step_out(comparison, outside);
    }
}

/* Schemas of values without a name: elements, and fields that are not listed. */
static void compare_others(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    static const char *const keywords[] = {"items", "additionalProperties"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const json_t *before = json_object_get(older, keywords[i]);
        const json_t *after = json_object_get(newer, keywords[i]);
        if (!after || json_is_true(after) || json_is_false(before))
            continue;
        if (!before) {
            schema_compare_tell_keyword(comparison, keywords[i], "is new");
            continue;
        }
        size_t outside = step_in(comparison, "*");
        compare_schemas(comparison, before, after);
        step_out(comparison, outside);
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

static void compare_references(struct comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    const json_t *before = schema_reference_target(comparison->older, older);
    const json_t *after = schema_reference_target(comparison->newer, newer);
    if (before && after)
        compare_schemas(comparison, before, after);
    else if (before || after)
        schema_compare_tell_keyword(comparison, "$ref",
                                    "is another, and what that means is not known");
}

static void compare_objects(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    schema_compare_values(comparison, older, newer);
    compare_combined(comparison, older, newer);
    compare_references(comparison, older, newer);
    compare_properties(comparison, older, newer);
    compare_new_properties(comparison, older, newer);
    compare_required(comparison, older, newer);
    compare_others(comparison, older, newer);
}

/* A schema that leads into itself has been compared when its circle closes. */
static void compare_schemas(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    older = resolve(comparison->older, older);
    newer = resolve(comparison->newer, newer);
    if (json_is_false(older))
        return;
    if (json_is_false(newer)) {
        schema_compare_tell(comparison, "nothing is allowed here any more");
        return;
    }
    if (has_pair(&comparison->unchanged, older, newer) || !open_pair(comparison, older, newer))
        return;
    size_t changes = comparison->count;
    compare_objects(comparison, older, newer); /* `true` has no keywords, as an empty object */
    comparison->depth--;
    if (comparison->count == changes)
        add_pair(&comparison->unchanged, older, newer);
}

size_t schema_compare(const char *name, const struct json_schema *older,
                      const struct json_schema *newer, schema_change_fn *tell_change, void *context)
{
    struct comparison comparison = {
        .name = name, .older = older, .newer = newer, .tell = tell_change, .context = context};
    compare_schemas(&comparison, older->document, newer->document);
    text_finish(&comparison.pointer);
    free(comparison.same.at);
    free(comparison.unchanged.at);
    return comparison.count;
}
