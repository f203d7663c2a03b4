/* propertyNames: a schema for the names of an object's members. A name is no JSON value, and making
 * one of each would cost memory; so the keywords that can say something of a text are asked here
 * once more. Only a name that is refused becomes a value, to tell what is wrong with it.
 */
#include "schema/schema_check.h"

static bool name_fits(const struct schema_node *node, struct slice name);

static bool is_text(const json_t *value, struct slice name)
{
    return json_is_string(value) &&
           slice_equal(name, (struct slice){json_string_value(value), json_string_length(value)});
}

static bool is_enumerated(const struct schema_node *node, struct slice name)
{
    if (node->constant && !is_text(node->constant, name))
        return false;
    for (size_t i = 0; i < json_array_size(node->enumeration); i++)
        if (is_text(json_array_get(node->enumeration, i), name))
            return true;
    return node->enumeration == NULL;
}

static size_t count_fitting(const struct schema_list *list, struct slice name)
{
    size_t fitting = 0;
    for (size_t i = 0; i < list->count; i++)
        fitting += name_fits(list->nodes[i], name);
    return fitting;
}

static bool fits_condition(const struct schema_node *node, struct slice name)
{
    if (!node->condition)
        return true;
    const struct schema_node *then =
        name_fits(node->condition, name) ? node->consequence : node->alternative;
    return !then || name_fits(then, name);
}

/* As deep as the schema is high (schema_height.c). */
static bool name_fits(const struct schema_node *node, struct slice name)
{
    if (node->never || (node->types && !(node->types & SCHEMA_STRING)))
        return false;
    return is_enumerated(node, name) && schema_check_text(node, name, NULL, NULL) &&
           (!node->reference || name_fits(node->reference, name)) &&
           count_fitting(&node->all_of, name) == node->all_of.count &&
           (node->any_of.count == 0 || count_fitting(&node->any_of, name) > 0) &&
           (node->one_of.count == 0 || count_fitting(&node->one_of, name) == 1) &&
           (!node->negation || !name_fits(node->negation, name)) && fits_condition(node, name);
}

static void tell_why(const struct schema_node *node, const char *name,
                     const struct schema_path *path, struct schema_faults *faults)
{
    if (!schema_faults_wanted(faults))
        return;
    json_t *value = json_string(name);
    REQUIRE(value);
    AUTO(schema_faults) struct schema_faults inner = {0};
    schema_validate(node, value, NULL, &inner);
    json_decref(value);
    struct slice shown = text_cut(slice_of(name), 100);
    schema_fault_add(faults, path, "the name \"%.*s\" %s", SLICE(shown),
                     inner.count ? inner.fault[0].detail : "is not allowed");
}

bool schema_name_check(const struct schema_node *node, const json_t *value,
                       const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->property_names)
        return true;
    bool fit = true;
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *)value, name, member) {
        if (name_fits(node->property_names, slice_of(name)))
            continue;
        tell_why(node->property_names, name, path, faults);
        fit = false;
        if (!schema_faults_wanted(faults))
            break;
    }
    return fit;
}
