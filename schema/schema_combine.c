/* Schemas that are combined, for the same value: allOf, anyOf, oneOf, not, if, $ref. */
#include "schema/schema_check.h"

bool schema_combine_all_of(const struct schema_node *node, const json_t *value,
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

bool schema_combine_any_of(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_faults *faults)
{
    const struct schema_list *list = &node->any_of;
    for (size_t i = 0; i < list->count; i++)
        if (schema_validate(list->nodes[i], value, NULL, NULL))
            return true;
    return list->count == 0 ||
           (schema_faults_wanted(faults) && tell_why_none_fits(list, "anyOf", value, path, faults));
}

bool schema_combine_one_of(const struct schema_node *node, const json_t *value,
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

bool schema_combine_not(const struct schema_node *node, const json_t *value,
                        const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->negation || !schema_validate(node->negation, value, NULL, NULL))
        return true;
    schema_fault_add(faults, path, "is what it must not be (not)");
    return false;
}

bool schema_combine_condition(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->condition)
        return true;
    const struct schema_node *then =
        schema_validate(node->condition, value, NULL, NULL) ? node->consequence : node->alternative;
    return !then || schema_validate(then, value, path, faults);
}

bool schema_combine_reference(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_faults *faults)
{
    return !node->reference || schema_validate(node->reference, value, path, faults);
}
