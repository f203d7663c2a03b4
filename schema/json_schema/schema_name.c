/* propertyNames: a schema for the names of an object's members. A name is not a JSON value, and to
 * make a value of each would cost memory; so the keywords that apply to a text are checked here
 * once more. Only a rejected name becomes a value, to report its fault. */
#include "base/utf8.h"
#include "schema/json_schema/schema_check.h"

static bool name_fits(const struct schema_node *node, struct slice name, struct schema_walk *walk);

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

static size_t count_fitting(const struct schema_list *list, struct slice name,
                            struct schema_walk *walk)
{
    size_t fitting = 0;
    for (size_t i = 0; i < list->count; i++)
        fitting += name_fits(list->nodes[i], name, walk);
    return fitting;
}

static bool fits_condition(const struct schema_node *node, struct slice name,
                           struct schema_walk *walk)
{
    if (!node->condition)
        return true;
    const struct schema_node *then =
        name_fits(node->condition, name, walk) ? node->consequence : node->alternative;
    return !then || name_fits(then, name, walk);
}

/* Recursion is bounded by the height of the schema (json_schema.c). The walk collects no
 * faults. */
static bool name_fits(const struct schema_node *node, struct slice name, struct schema_walk *walk)
{
    if (!schema_walk_step(walk, 1))
        return false;
    if (node->never || (node->types && !(node->types & SCHEMA_STRING)))
        return false;
    return is_enumerated(node, name) && schema_check_text(node, name, NULL, walk) &&
           (!node->reference || name_fits(node->reference, name, walk)) &&
           count_fitting(&node->all_of, name, walk) == node->all_of.count &&
           (node->any_of.count == 0 || count_fitting(&node->any_of, name, walk) > 0) &&
           (node->one_of.count == 0 || count_fitting(&node->one_of, name, walk) == 1) &&
           (!node->negation || !name_fits(node->negation, name, walk)) &&
           fits_condition(node, name, walk);
}

static bool name_fits_quietly(const struct schema_node *node, const char *name,
                              struct schema_walk *walk)
{
    struct schema_faults *faults = walk->faults;
    walk->faults = NULL;
    bool fits = name_fits(node, slice_of(name), walk);
    walk->faults = faults;
    return fits;
}

static void report_why(const struct schema_node *node, const char *name,
                       const struct schema_path *path, struct schema_walk *walk)
{
    if (!schema_walk_wants_faults(walk))
        return;
    json_t *value = json_string(name);
    REQUIRE(value);
    AUTO(schema_faults) struct schema_faults inner = {0};
    struct schema_walk inner_walk = {
        .instance = value, .validate = walk->validate, .faults = &inner, .most = SCHEMA_WALK_SHORT};
    (void)walk->validate(node, value, NULL, &inner_walk);
    schema_walk_finish(&inner_walk);
    json_decref(value);
    struct slice shown = utf8_cut(slice_of(name), 100);
    schema_walk_add_fault(walk, path, "the name \"%.*s\" %s", SLICE(shown),
                          inner.count ? inner.fault[0].detail : "is not allowed");
}

bool schema_name_check(const struct schema_node *node, const json_t *value,
                       const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->property_names)
        return true;
    bool fit = true;
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *)value, name, member) {
        if (name_fits_quietly(node->property_names, name, walk))
            continue;
        report_why(node->property_names, name, path, walk);
        fit = false;
        if (!schema_walk_wants_faults(walk))
            break;
    }
    return fit;
}
