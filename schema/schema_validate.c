/* Asks a value every keyword of its schema. As long as it fits nothing is allocated; a fault is
 * written down only for a caller who wants to know, else the first one ends the walk.
 *
 * Recursion is bounded by the instance's nesting times the schema's height (schema_height.c).
 */
#include "base/json.h"
#include "schema/schema_check.h"

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

/* How much of a name is shown: at most 100 bytes, whole characters. */
static int shown_length(const char *name)
{
    size_t length = strnlen(name, 100);
    while (name[length] && length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80)
        length--;
    return (int)length;
}

static bool refuse_unknown(const struct schema_node *node, const struct schema_path *path,
                           struct schema_faults *faults)
{
    if (!schema_faults_wanted(faults))
        return false;
    const char *name = path->name;
    const char *nearest =
        text_nearest(slice_of(name), node->properties.names, node->properties.count);
    if (nearest)
        schema_fault_add(faults, path, "there is no field \"%.*s\"; did you mean \"%s\"?",
                         shown_length(name), name, nearest);
    else
        schema_fault_add(faults, path, "there is no field \"%.*s\"", shown_length(name), name);
    return false;
}

/* Asks the schemas of all patterns that the member's name matches; *known becomes true if any. */
static bool check_by_pattern(const struct schema_map *patterns, const json_t *value,
                             const struct schema_path *path, bool *known,
                             struct schema_faults *faults)
{
    bool fits = true;
    for (size_t i = 0; i < patterns->count; i++) {
        switch (pattern_match(patterns->patterns[i], slice_of(path->name))) {
        case PATTERN_MATCHES:
            *known = true;
            fits = schema_validate(patterns->nodes[i], value, path, faults) && fits;
            break;
        case PATTERN_TOO_COSTLY:
            schema_fault_add(faults, path, "the name takes too long to compare with the pattern %s",
                             patterns->names[i]);
            return false;
        case PATTERN_DIFFERS:
            break;
        }
    }
    return fits;
}

static bool check_member(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    const struct schema_node *property = map_find(&node->properties, path->name);
    bool known = property != NULL;
    bool fits = !property || schema_validate(property, value, path, faults);
    fits = check_by_pattern(&node->pattern_properties, value, path, &known, faults) && fits;
    if (known || !fits || !node->additional_properties)
        return fits;
    if (node->additional_properties->never)
        return refuse_unknown(node, path, faults);
    return schema_validate(node->additional_properties, value, path, faults);
}

static bool check_members(const struct schema_node *node, const json_t *object,
                          const struct schema_path *path, struct schema_faults *faults)
{
    if (node->properties.count + node->pattern_properties.count == 0 &&
        !node->additional_properties)
        return true;
    bool fit = true;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value) {
        const struct schema_path member = {.above = path, .name = name};
        fit = check_member(node, value, &member, faults) && fit;
        if (!fit && !schema_faults_wanted(faults))
            break;
    }
    return fit;
}

static bool check_elements(const struct schema_node *node, const json_t *array,
                           const struct schema_path *path, struct schema_faults *faults)
{
    bool fit = true;
    size_t count = json_array_size(array), prefix = node->prefix_items.count;
    if (!node->items && count > prefix)
        count = prefix;
    for (size_t i = 0; i < count && (fit || schema_faults_wanted(faults)); i++) {
        const struct schema_path element = {.above = path, .index = i};
        const struct schema_node *item = i < prefix ? node->prefix_items.nodes[i] : node->items;
        fit = schema_validate(item, json_array_get(array, i), &element, faults) && fit;
    }
    return fit;
}

/* Counts no further than it must to tell. */
static bool check_contains(const struct schema_node *node, const json_t *array,
                           const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->contains)
        return true;
    struct schema_bounds wanted = node->contains_count;
    size_t count = json_array_size(array), found = 0;
    for (size_t i = 0; i < count && found <= wanted.most; i++) {
        if (found >= wanted.least && wanted.most == SIZE_MAX)
            return true;
        found += schema_validate(node->contains, json_array_get(array, i), NULL, NULL);
    }
    if (found >= wanted.least && found <= wanted.most)
        return true;
    bool few = found < wanted.least;
    schema_fault_add(faults, path, "must have at %s %zu of the items it must contain (contains)",
                     few ? "least" : "most", few ? wanted.least : wanted.most);
    return false;
}

static bool check_dependent_schemas(const struct schema_node *node, const json_t *object,
                                    const struct schema_path *path, struct schema_faults *faults)
{
    const struct schema_map *map = &node->dependent_schemas;
    bool fits = true;
    for (size_t i = 0; i < map->count && (fits || schema_faults_wanted(faults)); i++)
        if (json_object_get(object, map->names[i]))
            fits = schema_validate(map->nodes[i], object, path, faults) && fits;
    return fits;
}

static bool check_all_of(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    bool fits = true;
    for (size_t i = 0; i < node->all_of.count && (fits || schema_faults_wanted(faults)); i++)
        fits = schema_validate(node->all_of.nodes[i], value, path, faults) && fits;
    return fits;
}

/* How many of the schemas fit. */
static size_t count_fitting(const struct schema_list *list, const json_t *value)
{
    size_t fitting = 0;
    for (size_t i = 0; i < list->count; i++)
        fitting += schema_validate(list->nodes[i], value, NULL, NULL);
    return fitting;
}

/* True unless the schema's type alone rules the value out. */
static bool takes_type(const struct schema_node *node, unsigned type)
{
    return !node->never && (!node->types || (node->types & type)) &&
           (!node->reference || takes_type(node->reference, type));
}

/* None of several schemas fits. If only one of them is for this type of value, its faults are what
 * the caller wants to hear. */
static bool tell_why_none_fits(const struct schema_list *list, const char *keyword,
                               const json_t *value, const struct schema_path *path,
                               struct schema_faults *faults)
{
    const struct schema_node *only = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < list->count; i++)
        if (takes_type(list->nodes[i], schema_type_of(value))) {
            only = list->nodes[i];
            candidates++;
        }
    if (candidates == 1)
        return schema_validate(only, value, path, faults);
    schema_fault_add(faults, path, "fits none of the %zu possibilities (%s)", list->count, keyword);
    return false;
}

static bool check_any_of(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    const struct schema_list *list = &node->any_of;
    for (size_t i = 0; i < list->count; i++)
        if (schema_validate(list->nodes[i], value, NULL, NULL))
            return true;
    return list->count == 0 ||
           (schema_faults_wanted(faults) && tell_why_none_fits(list, "anyOf", value, path, faults));
}

static bool check_one_of(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    const struct schema_list *list = &node->one_of;
    size_t fitting = list->count ? count_fitting(list, value) : 1;
    if (fitting == 1)
        return true;
    if (fitting == 0)
        return schema_faults_wanted(faults) &&
               tell_why_none_fits(list, "oneOf", value, path, faults);
    schema_fault_add(faults, path, "fits %zu of %zu possibilities where it must fit one (oneOf)",
                     fitting, list->count);
    return false;
}

static bool check_not(const struct schema_node *node, const json_t *value,
                      const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->negation || !schema_validate(node->negation, value, NULL, NULL))
        return true;
    schema_fault_add(faults, path, "is what it must not be (not)");
    return false;
}

static bool check_condition(const struct schema_node *node, const json_t *value,
                            const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->condition)
        return true;
    const struct schema_node *then =
        schema_validate(node->condition, value, NULL, NULL) ? node->consequence : node->alternative;
    return !then || schema_validate(then, value, path, faults);
}

static bool check_reference(const struct schema_node *node, const json_t *value,
                            const struct schema_path *path, struct schema_faults *faults)
{
    return !node->reference || schema_validate(node->reference, value, path, faults);
}

/* What is asked of values of a type; the last ones of every value. A value of another type passes,
 * as the draft has it. */
static const struct {
    unsigned types;
    schema_check_fn *check;
} checks[] = {
    {~0U, schema_check_enumeration},
    {~0U, schema_check_constant},
    {SCHEMA_NUMBER, schema_check_number},
    {SCHEMA_STRING, schema_check_string},
    {SCHEMA_ARRAY, schema_check_array},
    {SCHEMA_ARRAY, check_elements},
    {SCHEMA_ARRAY, check_contains},
    {SCHEMA_OBJECT, schema_check_object},
    {SCHEMA_OBJECT, schema_name_check},
    {SCHEMA_OBJECT, check_members},
    {SCHEMA_OBJECT, check_dependent_schemas},
    {~0U, check_reference},
    {~0U, check_all_of},
    {~0U, check_any_of},
    {~0U, check_one_of},
    {~0U, check_not},
    {~0U, check_condition},
};

bool schema_validate(const struct schema_node *node, const json_t *value,
                     const struct schema_path *path, struct schema_faults *faults)
{
    /* Of the wrong type, nothing more can be said of it. */
    if (!schema_check_type(node, value, path, faults))
        return false;
    unsigned types = schema_type_of(value);
    bool fits = true;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].types & types) {
            fits = checks[i].check(node, value, path, faults) && fits;
            if (!fits && !schema_faults_wanted(faults))
                return false;
        }
    return fits;
}
