/* Runs the checks of a schema on a value. Nothing is allocated as long as the value is valid; faults are
 * recorded only for a caller that collects them, else the first fault ends the walk.
 *
 * Recursion is bounded by the instance's nesting times the schema's height (json_schema.c).
 */
#include "schema/json_schema/pattern.h"
#include "schema/json_schema/schema_check.h"

static const struct schema_node *map_find(const struct schema_map *map, const char *name)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, map->names[middle]);
        if (order == 0)
            return map->nodes[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The length of a name in messages: at most 100 bytes, whole characters. */
static int shown_length(const char *name)
{
    size_t length = strnlen(name, 100);
    while (name[length] && length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80)
        length--;
    return (int)length;
}

static bool refuse_unknown(const struct schema_node *node, const struct schema_path *path,
                           struct schema_walk *walk)
{
    if (!schema_walk_wants_faults(walk))
        return false;
    const char *name = path->name;
    const char *nearest =
        slice_nearest(slice_of(name), node->properties.names, node->properties.count);
    if (nearest)
        schema_walk_add_fault(walk, path, "unknown field \"%.*s\"; did you mean \"%s\"?",
                              shown_length(name), name, nearest);
    else
        schema_walk_add_fault(walk, path, "unknown field \"%.*s\"", shown_length(name), name);
    return false;
}

/* Applies the schemas of all patterns that the member's name matches; sets *known if there are any. */
static bool check_by_pattern(const struct schema_map *patterns, const json_t *value,
                             const struct schema_path *path, bool *known, struct schema_walk *walk)
{
    bool fits = true;
    for (size_t i = 0; i < patterns->count; i++) {
        size_t steps = 0;
        enum pattern_result result =
            pattern_match(patterns->patterns[i], slice_of(path->name), &steps);
        if (!schema_walk_step(walk, steps))
            return false;
        switch (result) {
        case PATTERN_MATCHES:
            *known = true;
            fits = schema_validate(patterns->nodes[i], value, path, walk) && fits;
            break;
        case PATTERN_TOO_COSTLY:
            schema_walk_add_fault(walk, path,
                                  "the name takes too long to compare with the pattern %s",
                                  patterns->names[i]);
            return false;
        case PATTERN_DIFFERS:
            break;
        }
    }
    return fits;
}

static bool check_member(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_walk *walk)
{
    const struct schema_node *property = map_find(&node->properties, path->name);
    bool known = property != NULL;
    bool fits = !property || schema_validate(property, value, path, walk);
    fits = check_by_pattern(&node->pattern_properties, value, path, &known, walk) && fits;
    if (known || !fits || !node->additional_properties)
        return fits;
    if (node->additional_properties->never)
        return refuse_unknown(node, path, walk);
    return schema_validate(node->additional_properties, value, path, walk);
}

static bool check_members(const struct schema_node *node, const json_t *object,
                          const struct schema_path *path, struct schema_walk *walk)
{
    bool fit = schema_walk_step(walk, json_object_size(object));
    const char *name;
    json_t *value;
    if (!fit)
        return false;
    json_object_foreach ((json_t *)object, name, value) {
        const struct schema_path member = {.above = path, .name = name};
        fit = check_member(node, value, &member, walk) && fit;
        if (!fit && !schema_walk_wants_faults(walk))
            break;
    }
    return fit;
}

static bool check_elements(const struct schema_node *node, const json_t *array,
                           const struct schema_path *path, struct schema_walk *walk)
{
    bool fit = true;
    size_t count = json_array_size(array), prefix = node->prefix_items.count;
    if (!node->items && count > prefix)
        count = prefix;
    for (size_t i = 0; i < count && (fit || schema_walk_wants_faults(walk)); i++) {
        const struct schema_path element = {.above = path, .index = i};
        const struct schema_node *item = i < prefix ? node->prefix_items.nodes[i] : node->items;
        fit = schema_validate(item, json_array_get(array, i), &element, walk) && fit;
    }
    return fit;
}

/* Counts no further than the bounds require. */
static bool check_contains(const struct schema_node *node, const json_t *array,
                           const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->contains)
        return true;
    struct schema_bounds wanted = node->contains_count;
    size_t count = json_array_size(array), found = 0;
    for (size_t i = 0; i < count && found <= wanted.most; i++) {
        if (found >= wanted.least && wanted.most == SIZE_MAX)
            return true;
        found += schema_walk_try(node->contains, json_array_get(array, i), walk);
    }
    if (found >= wanted.least && found <= wanted.most)
        return true;
    bool few = found < wanted.least;
    schema_walk_add_fault(walk, path, "must have at %s %zu of the items it must contain (contains)",
                          few ? "least" : "most", few ? wanted.least : wanted.most);
    return false;
}

static bool check_dependent_schemas(const struct schema_node *node, const json_t *object,
                                    const struct schema_path *path, struct schema_walk *walk)
{
    const struct schema_map *map = &node->dependent_schemas;
    bool fits = true;
    for (size_t i = 0; i < map->count && (fits || schema_walk_wants_faults(walk)); i++)
        if (json_object_get(object, map->names[i]))
            fits = schema_validate(map->nodes[i], object, path, walk) && fits;
    return fits;
}

enum check {
    CHECK_ENUMERATION,
    CHECK_CONSTANT,
    CHECK_NUMBER,
    CHECK_STRING,
    CHECK_ARRAY,
    CHECK_ELEMENTS,
    CHECK_CONTAINS,
    CHECK_OBJECT,
    CHECK_NAMES,
    CHECK_MEMBERS,
    CHECK_DEPENDENT_SCHEMAS,
    CHECK_REFERENCE,
    CHECK_ALL_OF,
    CHECK_ANY_OF,
    CHECK_ONE_OF,
    CHECK_NOT,
    CHECK_CONDITION,
    CHECKS
};

/* The checks, and the types of values that they apply to. A value of another type passes, as the draft
 * requires. */
static const struct {
    unsigned types;
    schema_check_fn *check;
} checks[CHECKS] = {
    [CHECK_ENUMERATION] = {~0U, schema_check_enumeration},
    [CHECK_CONSTANT] = {~0U, schema_check_constant},
    [CHECK_NUMBER] = {SCHEMA_NUMBER, schema_check_number},
    [CHECK_STRING] = {SCHEMA_STRING, schema_check_string},
    [CHECK_ARRAY] = {SCHEMA_ARRAY, schema_check_array},
    [CHECK_ELEMENTS] = {SCHEMA_ARRAY, check_elements},
    [CHECK_CONTAINS] = {SCHEMA_ARRAY, check_contains},
    [CHECK_OBJECT] = {SCHEMA_OBJECT, schema_check_object},
    [CHECK_NAMES] = {SCHEMA_OBJECT, schema_name_check},
    [CHECK_MEMBERS] = {SCHEMA_OBJECT, check_members},
    [CHECK_DEPENDENT_SCHEMAS] = {SCHEMA_OBJECT, check_dependent_schemas},
    [CHECK_REFERENCE] = {~0U, schema_combine_reference},
    [CHECK_ALL_OF] = {~0U, schema_combine_all_of},
    [CHECK_ANY_OF] = {~0U, schema_combine_any_of},
    [CHECK_ONE_OF] = {~0U, schema_combine_one_of},
    [CHECK_NOT] = {~0U, schema_combine_not},
    [CHECK_CONDITION] = {~0U, schema_combine_condition},
};

static bool has_tags(const struct schema_map *properties)
{
    for (size_t i = 0; i < properties->count; i++)
        if (properties->nodes[i]->constant || properties->nodes[i]->enumeration)
            return true;
    return false;
}

static bool bounds(struct schema_bounds bounds)
{
    return bounds.least > 0 || bounds.most < SIZE_MAX;
}

/* Most schemas have one or two keywords; skipping the checks of the others halves the work. */
void schema_validate_prepare(struct schema_node *node)
{
    const bool applies[CHECKS] = {
        [CHECK_ENUMERATION] = node->enumeration,
        [CHECK_CONSTANT] = node->constant,
        [CHECK_NUMBER] = node->minimum || node->maximum || node->exclusive_minimum ||
                         node->exclusive_maximum || node->multiple_of,
        [CHECK_STRING] = bounds(node->characters) || node->pattern || node->format,
        [CHECK_ARRAY] = bounds(node->item_count) || node->unique_items,
        [CHECK_ELEMENTS] = node->items || node->prefix_items.count,
        [CHECK_CONTAINS] = node->contains,
        [CHECK_OBJECT] = bounds(node->member_count) || node->required || node->dependent_required,
        [CHECK_NAMES] = node->property_names,
        [CHECK_MEMBERS] =
            node->properties.count || node->pattern_properties.count || node->additional_properties,
        [CHECK_DEPENDENT_SCHEMAS] = node->dependent_schemas.count,
        [CHECK_REFERENCE] = node->reference,
        [CHECK_ALL_OF] = node->all_of.count,
        [CHECK_ANY_OF] = node->any_of.count,
        [CHECK_ONE_OF] = node->one_of.count,
        [CHECK_NOT] = node->negation,
        [CHECK_CONDITION] = node->condition,
    };
    for (int i = 0; i < CHECKS; i++)
        node->checks |= (uint32_t)applies[i] << i;
    node->has_tags = has_tags(&node->properties);
}

bool schema_validate(const struct schema_node *node, const json_t *value,
                     const struct schema_path *path, struct schema_walk *walk)
{
    if (!schema_walk_step(walk, 1))
        return false;
    /* No other keyword applies to a value of the wrong type. */
    if (!schema_check_type(node, value, path, walk))
        return false;
    unsigned types = json_value_types(value);
    bool fits = true;
    for (uint32_t left = node->checks; left; left &= left - 1) {
        int i = __builtin_ctz(left);
        if (checks[i].types & types) {
            fits = checks[i].check(node, value, path, walk) && fits;
            if (!fits && !schema_walk_wants_faults(walk))
                return false;
        }
    }
    return fits;
}
