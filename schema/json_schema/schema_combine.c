/* Schemas that are combined, for the same value: allOf, anyOf, oneOf, not, if, $ref. */
#include "schema/json_schema/schema_check.h"

bool schema_combine_all_of(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_walk *walk)
{
    bool fits = true;
    for (size_t i = 0; i < node->all_of.count && (fits || schema_walk_wants_faults(walk)); i++)
        fits = walk->validate(node->all_of.nodes[i], value, path, walk) && fits;
    return fits;
}

/* False if the value's type excludes the schema, or a member that must be a constant or one of an
 * enumeration and has another value. This costs little, and it distinguishes schemas that each have
 * such a member, whatever the order of the members. */
static bool may_fit(const struct schema_node *node, const json_t *value, unsigned type)
{
    if (node->never || (node->types && !(node->types & type)))
        return false;
    if (node->has_tags && (type & SCHEMA_OBJECT))
        for (size_t i = 0; i < node->properties.count; i++) {
            const struct schema_node *property = node->properties.nodes[i];
            const json_t *member = property->constant || property->enumeration
                                       ? json_object_get(value, node->properties.names[i])
                                       : NULL;
            if (member && !schema_check_is_allowed(property, member))
                return false;
        }
    return !node->reference || may_fit(node->reference, value, type);
}

/* How many of the schemas fit; the search ends at `most`. */
static size_t count_fitting(const struct schema_list *list, const json_t *value, size_t most,
                            struct schema_walk *walk)
{
    unsigned type = json_value_types(value);
    size_t fitting = 0;
    for (size_t i = 0; i < list->count && fitting < most; i++)
        fitting += schema_walk_step(walk, 1) && may_fit(list->nodes[i], value, type) &&
                   schema_walk_try(list->nodes[i], value, walk);
    return fitting;
}

/* Reports that none of several schemas fits. If only one of them could, reports the faults of that
 * one. */
static bool report_why_none_fits(const struct schema_list *list, const char *keyword,
                                 const json_t *value, const struct schema_path *path,
                                 struct schema_walk *walk)
{
    const struct schema_node *only = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < list->count; i++)
        if (may_fit(list->nodes[i], value, json_value_types(value))) {
            only = list->nodes[i];
            candidates++;
        }
    if (candidates == 1)
        return walk->validate(only, value, path, walk);
    schema_walk_add_fault(walk, path, "matches none of the %zu alternatives (%s)", list->count,
                          keyword);
    return false;
}

bool schema_combine_any_of(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_walk *walk)
{
    const struct schema_list *list = &node->any_of;
    return list->count == 0 || count_fitting(list, value, 1, walk) > 0 ||
           (schema_walk_wants_faults(walk) &&
            report_why_none_fits(list, "anyOf", value, path, walk));
}

bool schema_combine_one_of(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_walk *walk)
{
    const struct schema_list *list = &node->one_of;
    size_t fitting = list->count ? count_fitting(list, value, SIZE_MAX, walk) : 1;
    if (fitting == 1)
        return true;
    if (fitting == 0)
        return schema_walk_wants_faults(walk) &&
               report_why_none_fits(list, "oneOf", value, path, walk);
    schema_walk_add_fault(walk, path,
                          "matches %zu of %zu alternatives; it must match exactly one (oneOf)",
                          fitting, list->count);
    return false;
}

bool schema_combine_not(const struct schema_node *node, const json_t *value,
                        const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->negation || !schema_walk_try(node->negation, value, walk))
        return true;
    schema_walk_add_fault(walk, path, "must not be valid against the schema in \"not\"");
    return false;
}

bool schema_combine_condition(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->condition)
        return true;
    const struct schema_node *then =
        schema_walk_try(node->condition, value, walk) ? node->consequence : node->alternative;
    return !then || walk->validate(then, value, path, walk);
}

bool schema_combine_reference(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_walk *walk)
{
    bool fits;
    if (!node->reference)
        return true;
    /* A schema that does not fit is validated again to collect its faults. */
    if (schema_walk_recall(walk, node->reference, value, &fits) &&
        (fits || !schema_walk_wants_faults(walk)))
        return fits;
    fits = walk->validate(node->reference, value, path, walk);
    schema_walk_remember(walk, node->reference, value, fits);
    return fits;
}
