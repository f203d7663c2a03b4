/* Walks two schemas side by side, keyword by keyword; each keyword that may narrow has its line in
 * one of the tables. It compares documents, not the sets of values they allow, and where it cannot
 * tell it says so: a false alarm costs a new version, a missed change costs data.
 */
#include "schema/catalogue_compare.h"

#include "base/json.h"
#include "schema/schema_node.h"

#define DEEPEST 64

struct comparison {
    const char *name;
    const json_t *older, *newer; /* the documents, for $ref */
    struct text pointer;
    int depth;
    schema_change_fn *tell;
    void *context;
    size_t count;
};

static void compare_schemas(struct comparison *comparison, const json_t *older,
                            const json_t *newer);

static void tell(struct comparison *comparison, const char *rule)
{
    struct schema_change change = {comparison->name, text_slice(&comparison->pointer).at, rule};
    comparison->count++;
    comparison->tell(comparison->context, &change);
}

static void tell_keyword(struct comparison *comparison, const char *keyword, const char *how)
{
    AUTO(text) struct text rule = {0};
    text_printf(&rule, "%s %s", keyword, how);
    tell(comparison, rule.at);
}

static size_t step_in(struct comparison *comparison, const char *name)
{
    size_t outside = comparison->pointer.length;
    schema_fault_add_segment(&comparison->pointer, name);
    return outside;
}

static void step_out(struct comparison *comparison, size_t outside)
{
    comparison->pointer.length = outside;
    text_reserve(&comparison->pointer, 0)[0] = '\0';
}

/* All types if it does not say; a number takes integers too. */
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

static bool has_value(const json_t *values, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach (values, i, one)
        if (json_equal(one, value))
            return true;
    return false;
}

/* The values a schema lists, by enum or const; NULL if it lists none. The caller owns it. */
static json_t *values_of(const json_t *schema)
{
    const json_t *constant = json_object_get(schema, "const");
    if (constant)
        return json_pack("[O]", constant);
    return json_incref(json_object_get(schema, "enum"));
}

static void compare_values(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    AUTO(json) json_t *before = values_of(older);
    AUTO(json) json_t *after = values_of(newer);
    size_t i;
    json_t *value;
    if (after && !before)
        tell(comparison, "the values are narrowed to an enum");
    json_array_foreach (after ? before : NULL, i, value) {
        if (has_value(after, value))
            continue;
        AUTO(text) struct text rule = {0};
        text_add(&rule, "the enum is narrowed: it has no more ");
        json_write(value, &rule);
        tell(comparison, rule.at);
    }
}

/* Limits: a higher least or a lower most narrows. */
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
            tell_keyword(comparison, limits[i].keyword, "is new");
        else if (after && json_number_value(after) * limits[i].narrows >
                              json_number_value(before) * limits[i].narrows)
            tell_keyword(comparison, limits[i].keyword, "is narrowed");
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
            tell_keyword(comparison, fixed[i], before ? "is another" : "is new");
    }
}

/* Keywords about which nothing can be said but whether they are the same. */
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
    for (size_t i = 0; i < sizeof combined / sizeof *combined; i++) {
        const json_t *before = json_object_get(older, combined[i]);
        const json_t *after = json_object_get(newer, combined[i]);
        if ((before || after) && !json_equal(before, after))
            tell_keyword(comparison, combined[i], "is another, and what that means is not known");
    }
}

static void compare_required(struct comparison *comparison, const json_t *older,
                             const json_t *newer)
{
    const json_t *before = json_object_get(older, "required");
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(newer, "required"), i, name) {
        if (has_value(before, name))
            continue;
        size_t outside = step_in(comparison, json_string_value(name));
        tell(comparison, "the field is newly required");
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
            tell(comparison, "the field is removed");
        step_out(comparison, outside);
    }
}

/* Schemas for what has no name of its own: elements, and fields that are not listed. */
static void compare_others(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    static const char *const keywords[] = {"items", "additionalProperties"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const json_t *before = json_object_get(older, keywords[i]);
        const json_t *after = json_object_get(newer, keywords[i]);
        if (!after || json_is_true(after) || json_is_false(before))
            continue;
        if (!before) {
            tell_keyword(comparison, keywords[i], "is new");
            continue;
        }
        size_t outside = step_in(comparison, "*");
        compare_schemas(comparison, before, after);
        step_out(comparison, outside);
    }
}

/* Follows "#/$defs/address"; any other reference is compared as it is written. */
static const json_t *resolve(const json_t *document, const json_t *schema)
{
    for (int steps = 0; steps < DEEPEST; steps++) {
        const char *reference = json_string_value(json_object_get(schema, "$ref"));
        if (!reference || strncmp(reference, "#/$defs/", 8) != 0 || strpbrk(reference + 8, "/~%"))
            break;
        const json_t *target = json_object_get(json_object_get(document, "$defs"), reference + 8);
        if (!target || json_object_size(schema) > 1)
            break;
        schema = target;
    }
    return schema;
}

static void compare_references(struct comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    const json_t *before = json_object_get(older, "$ref"), *after = json_object_get(newer, "$ref");
    if ((before || after) && !json_equal(before, after))
        tell_keyword(comparison, "$ref", "is another, and what that means is not known");
}

static void compare_objects(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    if (types_of(older) & ~types_of(newer))
        tell(comparison, "the type is narrowed");
    compare_values(comparison, older, newer);
    compare_limits(comparison, older, newer);
    compare_fixed(comparison, older, newer);
    compare_combined(comparison, older, newer);
    compare_references(comparison, older, newer);
    compare_properties(comparison, older, newer);
    compare_required(comparison, older, newer);
    compare_others(comparison, older, newer);
}

/* A schema that leads into itself is as deep as anybody looks: its circle has been compared. */
static void compare_schemas(struct comparison *comparison, const json_t *older, const json_t *newer)
{
    older = resolve(comparison->older, older);
    newer = resolve(comparison->newer, newer);
    if (json_is_false(older) || comparison->depth == DEEPEST)
        return;
    if (json_is_false(newer)) {
        tell(comparison, "nothing is allowed here any more");
        return;
    }
    comparison->depth++;
    compare_objects(comparison, older, newer); /* `true` has no keywords, as an empty object */
    comparison->depth--;
}

static const struct catalogue_entry *find(const struct catalogue_entry *entries, size_t count,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

struct entry_list {
    const struct catalogue_entry *at;
    size_t count;
};

static size_t compare_entries(struct entry_list older, struct entry_list newer,
                              schema_change_fn *tell_change, void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < older.count; i++) {
        const struct catalogue_entry *now = find(newer.at, newer.count, older.at[i].name);
        struct comparison comparison = {.name = older.at[i].name,
                                        .older = older.at[i].json,
                                        .newer = now ? now->json : NULL,
                                        .tell = tell_change,
                                        .context = context};
        if (now)
            compare_schemas(&comparison, older.at[i].json, now->json);
        else
            tell(&comparison, "it is removed");
        count += comparison.count;
        text_finish(&comparison.pointer);
    }
    return count;
}

size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *tell_change, void *context)
{
    struct entry_list before, after;
    before.at = catalogue_events(older, &before.count);
    after.at = catalogue_events(newer, &after.count);
    size_t count = compare_entries(before, after, tell_change, context);
    before.at = catalogue_commands(older, &before.count);
    after.at = catalogue_commands(newer, &after.count);
    return count + compare_entries(before, after, tell_change, context);
}
